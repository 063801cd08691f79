#!/usr/bin/env bash
# Packs the packages, checks them, and installs them into an empty project as a partner would.
set -euo pipefail
cd "$(dirname "$0")/../.."
npm run build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent -w proto -w sdk -w gateway --pack-destination "$work"
for package in proto sdk gateway; do
  npx publint "$package" --strict
done
for package in sdk gateway; do
  npx attw --profile esm-only "$work"/rex-$package-*.tgz
done
mkdir "$work/partner"
cp docs/check/partner/* "$work/partner/"
cp examples/referrals/victim-support-grooming.json "$work/partner/referral.json"
awk '/^<!-- quickstart.ts -->/{found=1} found&&/^```$/{exit} found&&!/^```ts/&&!/^<!--/' README.md >"$work/partner/quickstart.ts"
cd "$work/partner"
npm install --silent "$work"/rex-*.tgz
npx tsc --noEmit
node --disable-warning=ExperimentalWarning partner.ts
timeout 120 ./run.sh
