#!/usr/bin/env bash
# Builds a release into a directory: one tarball per package, a bill of materials, and their digests (T-126).
set -euo pipefail
out=$(realpath "${1:?usage: docs/check/release/release.sh DIRECTORY}")
cd "$(dirname "$0")/../../.."
packages='proto sdk gateway conformance-tests'
workspaces=(-w proto -w sdk -w gateway -w conformance-tests)
rm -rf {proto,sdk,gateway}/{dist,tsconfig.tsbuildinfo}
npm run --silent build
node docs/check/release/commands.ts
node docs/check/release/conformance.mjs
for package in $packages; do cp LICENSE "$package/"; done
node docs/check/release/changelog.mjs $packages
# Tarballs carry file modes, which depend on the umask at checkout and build.
chmod -R u=rwX,go=rX $packages
npm pack --silent "${workspaces[@]}" --pack-destination "$out" >/dev/null
npm sbom --sbom-format cyclonedx --omit dev "${workspaces[@]}" | node docs/check/release/sbom.mjs >"$out/sbom.cdx.json"
cd "$out" && sha256sum ./*.tgz sbom.cdx.json >SHA256SUMS
