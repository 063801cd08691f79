#!/usr/bin/env bash
# Builds a release into a directory: one tarball per package, a bill of materials, and their digests (T-126).
set -euo pipefail
out=$(realpath "${1:?usage: docs/check/release/release.sh DIRECTORY}")
cd "$(dirname "$0")/../../.."
rm -rf {proto,sdk,gateway}/{dist,tsconfig.tsbuildinfo}
npm run --silent build
# Tarballs carry file modes, which depend on the umask at checkout and build.
chmod -R u=rwX,go=rX proto sdk gateway
npm pack --silent -w proto -w sdk -w gateway --pack-destination "$out" >/dev/null
npm sbom --sbom-format cyclonedx --omit dev -w proto -w sdk -w gateway | node docs/check/release/sbom.mjs >"$out/sbom.cdx.json"
cd "$out" && sha256sum ./*.tgz sbom.cdx.json >SHA256SUMS
