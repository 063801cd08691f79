// Random bytes for sealing, drawn from the system in blocks because a message needs about thirty small values. docs/spec/envelope.md, "Sealing"
import { randomFillSync } from 'node:crypto'
import { RexError } from '../../core/error.ts'

const BLOCK = 4096

/**
 * Returns a source of random bytes that erases its copy of each byte it gives out.
 * @throws RexError INTERNAL for more than one block; errors of the system (T-022)
 */
export function randomSource(): (length: number) => Uint8Array {
  const block = new Uint8Array(BLOCK)
  let used = BLOCK
  return (length) => {
    if (length > BLOCK) throw new RexError('INTERNAL', 'The request for random bytes is too large.')
    if (length > BLOCK - used) {
      randomFillSync(block)
      used = 0
    }
    const given = block.slice(used, used + length)
    block.fill(0, used, used + length)
    used += length
    return given
  }
}
