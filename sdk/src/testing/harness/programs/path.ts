// Finds the commands of this checkout. CONTRIBUTING.md
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url))

/**
 * Returns the path of a command: its bundle in the folder that REX_PROGRAMS names, or otherwise the script that runs the
 * sources.
 */
export function programAt(path: 'sdk/bin/rex-desk.js' | 'gateway/bin/rex-gateway.js'): string {
  return join(process.env.REX_PROGRAMS ?? ROOT, path)
}
