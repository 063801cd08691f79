#!/usr/bin/env bash
# Checks that older encoded messages keep their meaning: the schema against REX_BASE, else the main branch, else the previous commit.
set -euo pipefail
cd "$(dirname "$0")/../../.."
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT

for base in ${REX_BASE:-origin/main main HEAD~1}; do
  commit=$(git rev-parse --quiet --verify "$base^{commit}") || continue
  [ "$commit" = "$(git rev-parse HEAD)" ] && continue
  git archive "$commit" buf.yaml proto/rex | tar -x -C "$before"
  buf breaking --against "$before"
  echo "No breaking change since $base."
  exit
done
[ -z "${REX_BASE:-}" ] || { echo "$REX_BASE is no other commit of this clone." >&2; exit 1; }
echo 'SKIPPED: this clone has no earlier commit to compare the schema with; fetch more history, or name one in REX_BASE.' >&2
