// Name and version of this program.
import { readFileSync } from 'node:fs'

/** Name and version, for people. */
export const BUILD = `rex-gateway/${versionOf(new URL('../../package.json', import.meta.url))}`

/** A bundle of an application has no manifest of this package beside it, but perhaps another one. */
function versionOf(manifest: URL): string {
  try {
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8'))
    return name === '@rex/gateway' ? version : 'bundled'
  } catch {
    return 'bundled'
  }
}
