// Computes ids of findings that a person may confirm. docs/spec/referral.md, "Findings"

const PRIME = 0x100000001b3n
const OFFSET = 0xcbf29ce484222325n
const MASK = (1n << 64n) - 1n

/**
 * Computes the id of a finding about a word from the text, the person and the phrase, as 16 hexadecimal digits. The same text elsewhere
 * gives the same id; a changed text gives a different id. Source: FNV-1a, 64 bits.
 */
export function idOf(parts: readonly string[]): string {
  let hash = OFFSET
  for (const byte of new TextEncoder().encode(JSON.stringify(parts)))
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK
  return hash.toString(16).padStart(16, '0')
}
