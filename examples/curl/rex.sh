#!/usr/bin/env bash
# REX from a shell: send, receive, decide, with curl and jq. docs/guide/service.md
#   examples/curl/rex.sh SOCKET send REFERRAL.json https://ngo.example 4711
#   examples/curl/rex.sh SOCKET receive [WAIT_MS]
set -euo pipefail
socket=$1 verb=$2

# call METHOD PATH [BODY] [KEY]: prints the answer, or the problem on standard error.
call() {
  local answer status
  answer=$(curl --silent --show-error --unix-socket "$socket" --request "$1" "http://desk/v1$2" --write-out '\n%{http_code}' \
    --header 'Content-Type: application/json' --header "Rex-Actor: ${USER:-curl}" \
    ${4:+--header "Idempotency-Key: $4"} --data-binary @- <<< "${3:-{\}}")
  status=${answer##*$'\n'} answer=${answer%$'\n'*}
  if [ "$status" -ge 400 ]; then jq -r '"\(.code): \(.detail) \(.hint // "")"' <<< "$answer" >&2; return 1; fi
  printf '%s\n' "$answer"
}

case $verb in
  send)
    # The case number is the key: repeating the command sends nothing twice.
    call POST /threads "$(jq -c --arg to "$4" --arg ref "$5" '{referral: ., to: $to, ref: $ref}' "$3")" "send-$5"
    ;;
  receive)
    while leased=$(call POST /items/lease "{\"waitMs\": ${3:-30000}}") && [ -n "$leased" ]; do
      lease=$(jq -r .lease.id <<< "$leased") kind=$(jq -r .item.kind <<< "$leased")
      thread=$(jq -r .item.thread.id <<< "$leased") item=$(jq -r .item.id <<< "$leased")
      # The id of the item is the key: an item that is delivered again is accepted only once.
      if [ "$kind" = referral ]; then call POST "/threads/$thread/accept" '{"reference": "C-1"}' "$item" > /dev/null; fi
      call POST "/leases/$lease/ack" > /dev/null
      jq -c '{thread: .item.thread.id, ref: .item.thread.ref, what: (.item.event.type // .item.kind)}' <<< "$leased"
    done
    ;;
  *) sed -n '2,4p' "$0" >&2; exit 2 ;;
esac
