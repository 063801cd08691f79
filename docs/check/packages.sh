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
awk '/^<!-- quickstart.ts -->/{found=1} found&&/^```$/{exit} found&&!/^```ts/&&!/^<!--/' README.md >"$work/partner/quickstart.ts"
node --version
cd "$work/partner"
npm install --silent "$work"/rex-*.tgz
npx tsc --noEmit
node partner.ts
