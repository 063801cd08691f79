#!/usr/bin/env bash
# Verifies the webhooks of a desk with openssl, as a CGI program; signs messages, to try a receiver. docs/guide/service.md, "Webhooks"
#   examples/curl/webhook.sh receive SECRETS SEEN < BODY         HTTP_WEBHOOK_ID, HTTP_WEBHOOK_TIMESTAMP, HTTP_WEBHOOK_SIGNATURE are set
#   examples/curl/webhook.sh sign SECRETS ID TIMESTAMP < BODY    prints the signature by the first secret
# SECRETS is a file with one secret (whsec_…) on each line. SEEN is a file with the ids of messages that were processed.
set -euo pipefail

# sha256: the SHA-256 of standard input, as bytes.
sha256() { openssl dgst -sha256 -binary; }

# padded HEX BYTE: a key, filled up to one block and combined with a byte, in the form that printf writes.
padded() {
  local i byte
  for ((i = 0; i < 128; i += 2)); do
    byte=${1:i:2}
    printf '\\x%02x' $((16#${byte:-00} ^ $2))
  done
}

# signature SECRET TEXT: HMAC-SHA-256 (RFC 2104). It is made of two digests, because openssl takes a key only as an argument, which others can see.
signature() {
  local hex
  hex=$(base64 -d <<< "${1#whsec_}" | od -An -v -tx1 | tr -d ' \n')
  printf 'v1,%s' "$({
    printf "$(padded "$hex" 0x5c)"
    { printf "$(padded "$hex" 0x36)"; printf '%s' "$2"; } | sha256
  } | sha256 | openssl base64 -A)"
}

# same A B: compares digests, so that the time does not reveal where the texts differ.
same() { [ "$(printf '%s' "$1" | sha256 | base64)" = "$(printf '%s' "$2" | sha256 | base64)" ]; }

# answer STATUS: the answer of a CGI program.
answer() { printf 'Status: %s\r\n\r\n' "$1"; exit 0; }

body=$(cat; printf .) body=${body%.}
mapfile -t secrets < "$2"
case $1 in
  sign) signature "${secrets[0]}" "$3.$4.$body" ;;
  receive)
    id=${HTTP_WEBHOOK_ID:-} timestamp=${HTTP_WEBHOOK_TIMESTAMP:-}
    [[ $id =~ ^[A-Za-z0-9_.-]+$ && $timestamp =~ ^[0-9]{1,12}$ ]] || answer '400 Bad Request'
    age=$(($(date +%s) - 10#$timestamp))
    [ "${age#-}" -le 300 ] || answer '401 Unauthorized'
    right=
    read -ra given <<< "${HTTP_WEBHOOK_SIGNATURE:-}"
    for secret in "${secrets[@]}"; do
      expected=$(signature "$secret" "$id.$timestamp.$body")
      for each in "${given[@]}"; do if same "$each" "$expected"; then right=yes; fi; done
    done
    [ "$right" ] || answer '401 Unauthorized'
    # A message may arrive twice. Put the work of your program between the two lines.
    exec 9>> "$3"; flock 9
    if ! grep -qxF "$id" "$3"; then
      jq -c --arg id "$id" '{id: $id, type} + .data' <<< "$body" >&2
      printf '%s\n' "$id" >&9
    fi
    answer '204 No Content'
    ;;
  *) sed -n '2,5p' "$0" >&2; exit 2 ;;
esac
