// Where the commands of this checkout are. CONTRIBUTING.md
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url))

/** Returns the path of a command: of its bundle in the folder that REX_PROGRAMS names, or else the one that runs the sources. */
export function programAt(path: 'sdk/bin/rex-desk.js' | 'gateway/bin/rex-gateway.js'): string {
  return join(process.env.REX_PROGRAMS ?? ROOT, path)
}
