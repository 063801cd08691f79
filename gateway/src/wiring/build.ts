// Name and version of this program.
import { readFileSync } from 'node:fs'

/** Name and version, for people. */
export const BUILD = `rex-gateway/${versionOf(new URL('../../package.json', import.meta.url))}`

/** In a bundled application, the manifest of this package is missing, and another manifest may be in its place. */
function versionOf(manifest: URL): string {
  try {
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8'))
    return name === '@rex/gateway' ? version : 'bundled'
  } catch {
    return 'bundled'
  }
}
