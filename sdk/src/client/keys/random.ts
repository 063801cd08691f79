// Random bytes for sealing, drawn from the system in blocks because a message needs about thirty small values. docs/spec/envelope.md, "Sealing"
import { randomBytes } from 'node:crypto'
import { RexError } from '../../core/error.ts'

const BLOCK = 4096

/**
 * Returns a source of random bytes that erases its copy of each byte it gives out.
 * @throws RexError INTERNAL for more than one block; errors of the system (T-022)
 */
export function randomSource(): (length: number) => Uint8Array {
  let block = Buffer.alloc(0)
  return (length) => {
    if (length > BLOCK) throw new RexError('INTERNAL', 'The request for random bytes is too large.')
    if (length > block.length) block = randomBytes(BLOCK)
    const given = new Uint8Array(block.subarray(0, length))
    block.fill(0, 0, length)
    block = block.subarray(length)
    return given
  }
}
