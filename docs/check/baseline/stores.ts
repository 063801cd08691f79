// The stores of the baseline. docs/adr/0046-version-1-has-a-baseline.md
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The archive with `gateway` and `desk` of each organisation, a backup of each kind, and evidence. All people in it are fictional. */
export const STORES = fileURLToPath(new URL('./stores.tar.gz', import.meta.url))

/** The secrets that open the stores, and ids of their contents. */
export interface Made {
  /** Time at which the stores were created. Unix milliseconds. */
  readonly madeMs: number
  readonly passphrase: string
  /** Recovery kit of the hotline's desk. */
  readonly kit: readonly string[]
  /** Recovery kit of the NGO's gateway. */
  readonly gatewayKit: readonly string[]
  /** Id of a thread that was answered. */
  readonly thread: string
}

/** Unpacks the stores into an empty directory. */
export function unpackStores(directory: string): Made {
  execFileSync('tar', ['-xzf', STORES, '-C', directory])
  return JSON.parse(readFileSync(join(directory, 'made.json'), 'utf8'))
}
