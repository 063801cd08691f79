#!/usr/bin/env bash
# Checks that everything encoded in the schema of the baseline keeps its meaning. docs/adr/0046-version-1-has-a-baseline.md
set -euo pipefail
cd "$(dirname "$0")/../../.."
baseline=docs/check/baseline/schema.binpb

buf breaking --against "$baseline" || {
  echo "The schema breaks $baseline. If that is the intention, npm run baseline moves it." >&2
  exit 1
}
