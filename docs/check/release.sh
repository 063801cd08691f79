#!/usr/bin/env bash
# Builds what is released, into a directory: one tarball for each package, a bill of materials, and their digests (T-126).
set -euo pipefail
out=$(realpath "${1:?usage: docs/check/release.sh DIRECTORY}")
cd "$(dirname "$0")/../.."
rm -rf {proto,sdk,gateway}/{dist,tsconfig.tsbuildinfo}
npm run --silent build
# Tarballs carry the modes of files, which follow from the umask of whoever checked out and built.
chmod -R u=rwX,go=rX proto sdk gateway
npm pack --silent -w proto -w sdk -w gateway --pack-destination "$out" >/dev/null
npm sbom --sbom-format cyclonedx --omit dev -w proto -w sdk -w gateway | node docs/check/sbom.mjs >"$out/sbom.cdx.json"
cd "$out" && sha256sum ./*.tgz sbom.cdx.json >SHA256SUMS
