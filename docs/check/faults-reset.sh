#!/bin/bash
# Recreates a template of the fault cases after a reset of the hotline's gateway: without the reset, the gateway refuses a second desk
# (REX-MBX-081).
cd "$CASES" || exit 99
REX_HERE=$0
source lib.sh
[ -n "$REX_ISOLATED" ] || exec env REX_ISOLATED=1 unshare -n -m bash "$REX_HERE"
ip link set lo up
base
cd "$BASE" || exit 99
gw hotline && rex-gateway reset --dir hotline-gateway --yes && stop hotline
