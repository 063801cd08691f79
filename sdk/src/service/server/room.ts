// How much the service does at a time, so that no caller fills its memory. docs/guide/service.md, "Limits"
import { RexError } from '../../core/error.ts'
import { JSON_BYTES } from '../../core/input/json.ts'

/** Requests that are answered at a time. */
const REQUESTS = 256
/** Bytes of bodies that are read or worked on at a time. */
const BYTES = 64 * 1024 * 1024

/** Takes room for a request with a body of so many bytes. Returns how to give it back. @throws RexError OVERLOADED, LIMIT_EXCEEDED */
export type TakeRoom = (bytes: number) => () => void

/** An empty room. */
export function createRoom(): TakeRoom {
  const used = { requests: 0, bytes: 0 }
  return (bytes) => {
    if (bytes > JSON_BYTES) throw tooLarge()
    if (used.requests >= REQUESTS || used.bytes + bytes > BYTES)
      throw new RexError('OVERLOADED', 'The service answers too many requests at once.', {
        metadata: { retry_after_ms: '1000' },
      })
    used.requests += 1
    used.bytes += bytes
    return () => {
      used.requests -= 1
      used.bytes -= bytes
    }
  }
}

/** The refusal of a body that is too large. */
export const tooLarge = () =>
  new RexError('LIMIT_EXCEEDED', `The body has more than ${JSON_BYTES} bytes.`, {
    path: 'body',
    metadata: { limit: String(JSON_BYTES) },
  })
