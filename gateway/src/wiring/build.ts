// Name and version of this program.
import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** Name and version, for people. */
export const BUILD = `rex-gateway/${version}`
