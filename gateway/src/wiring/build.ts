// Name and version of this program.
import { readFileSync } from 'node:fs'

/** Name and version, for people. */
export const BUILD = `rex-gateway/${versionOf(new URL('../../package.json', import.meta.url))}`

/** Reads the version from the manifest. Returns `bundled` in a bundled application, where the path has no manifest or the manifest of another package. */
function versionOf(manifest: URL): string {
  try {
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8'))
    return name === '@rex/gateway' ? version : 'bundled'
  } catch {
    return 'bundled'
  }
}
