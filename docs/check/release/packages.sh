#!/usr/bin/env bash
# Packs the packages, checks them, and installs them into an empty project as a partner would.
set -euo pipefail
cd "$(dirname "$0")/../../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# T-126: released packages are built from the committed sources, byte for byte, wherever and whenever somebody builds them.
mkdir "$work/again" "$work/tree"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp -a --parents -t "$work/tree"
# Links do not reach other file systems.
if [ "$(stat -c %d "$work")" = "$(stat -c %d .)" ]; then copy=-al; else copy=-a; fi
cp $copy node_modules "$work/tree/node_modules"
for package in sdk gateway conformance-tests; do
  [ ! -d $package/node_modules ] || cp -a $package/node_modules "$work/tree/$package/"
done
(umask 077 && TZ=Pacific/Auckland LC_ALL=C "$work/tree/docs/check/release/release.sh" "$work/again") &
docs/check/release/release.sh "$work"
wait $!
diff <(cat "$work/SHA256SUMS") <(cat "$work/again/SHA256SUMS")
rm -rf "$work/tree"
node docs/check/release/artefacts.mjs "$work"/rex-*.tgz
for package in proto sdk gateway conformance-tests; do
  npx publint "$package" --strict
done
for package in sdk gateway; do
  npx attw --profile esm-only "$work"/rex-$package-*.tgz
done
mkdir "$work/partner"
cp docs/check/release/partner/* "$work/partner/"
cp examples/referrals/victim-support-grooming.json "$work/partner/referral.json"
awk '/^<!-- quickstart.ts -->/{found=1} found&&/^```$/{exit} found&&!/^```ts/&&!/^<!--/' README.md >"$work/partner/quickstart.ts"
cd "$work/partner"
npm install --silent "$work"/rex-*.tgz
npx tsc --noEmit
node "$root/docs/check/release/doors.ts" "$PWD"
node --disable-warning=ExperimentalWarning partner.ts
node --disable-warning=ExperimentalWarning common.cts
# A bundle of a server runs without the packages. Some of their dependencies are CommonJS, so it needs a `require`.
banner="import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"
for server in partner server; do
  "$root/node_modules/.bin/esbuild" $server.ts --bundle --platform=node --format=esm --target=node24 --banner:js="$banner" \
    --outfile="$work/bundle/$server.mjs" --log-level=warning
done
(cd "$work/bundle" && node partner.mjs && node server.mjs)
timeout 120 ./run.sh

# The suite, from the package alone: a codec target as a partner would write it, and a gateway that rex-gateway starts.
mkdir codec
cp "$root"/conformance-tests/targets/{answer,codec,dialogue,sealing,thread}.ts codec/
timeout 180 npx rex-conformance run --target codec.json --suite codec
timeout 180 npx rex-conformance run --target gateway.json --suite limits
