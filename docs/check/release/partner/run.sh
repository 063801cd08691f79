#!/usr/bin/env bash
# Runs the README's example with the installed packages: two gateways, two desks, one referral accepted by the example.
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
umask 077
export PATH="$PWD/node_modules/.bin:$PATH"
echo 'four quiet words for a test' >passphrase.txt
start() { # organisation, directory of its desk, port
  rex-gateway init --dir "$1-gateway" --organisation "https://$1.example" --listen "127.0.0.1:$3" >/dev/null
  rex-gateway start --dir "$1-gateway" >/dev/null 2>"$1.log" &
  local gateway=$!
  until rex-gateway token --dir "$1-gateway" >"$1.token" 2>/dev/null; do
    kill -0 "$gateway" || { cat "$1.log"; return 1; }
    sleep 0.2
  done
  rex-desk init --dir "$2" --name "$1 (test)" --passphrase-file passphrase.txt --token-file "$1.token" >/dev/null 2>&1
  rex-desk invite --dir "$2" --passphrase-file passphrase.txt --out "$1.rexinvite" >/dev/null
}
start hotline desk 7561
start ngo ngo 7571
rex-desk pair ngo.rexinvite --yes --dir desk --passphrase-file passphrase.txt >/dev/null
rex-desk pair hotline.rexinvite --yes --dir ngo --passphrase-file passphrase.txt >/dev/null

node --disable-warning=ExperimentalWarning quickstart.ts >quickstart.log &
until rex-desk inbox --dir ngo --passphrase-file passphrase.txt --json | grep -q '"requested"'; do sleep 0.5; done
thread=$(rex-desk inbox --dir ngo --passphrase-file passphrase.txt --json | grep -o '"id":"[0-9a-f]*"' | cut -d'"' -f4)
rex-desk accept "$thread" --dir ngo --passphrase-file passphrase.txt >/dev/null
until grep -q 'event 4711 accepted' quickstart.log; do sleep 0.2; done
echo 'partner: the example of the README sent a referral and saw it accepted'
