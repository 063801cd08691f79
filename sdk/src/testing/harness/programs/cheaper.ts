// Reduces the cost of key derivation for new keystores to a hundredth in the source of a program, as cheap-keystores.ts does in tests.

const COST = 'memory: 64 * 1024, passes: 3, parallelism: 4'
const CHEAP = 'memory: 512, passes: 1, parallelism: 1'

/** Matches the path of the file that states the cost. */
export const COST_FILE = /[/\\]client[/\\]keys[/\\]key-derivation[.]ts$/

/** Returns the source of key-derivation.ts with the lower cost. */
export function cheaper(source: string): string {
  if (!source.includes(COST))
    throw new Error('key-derivation.ts no longer has the line that this file changes.')
  return source.replace(COST, CHEAP)
}
