// Limits the work of the service, so that no caller can fill its memory or keep other callers from being served. docs/guide/service.md, "Limits"
import { RexError } from '../../core/error.ts'
import { JSON_BYTES } from '../../core/input/json.ts'

/** Maximum number of requests that are being answered at a time. */
const REQUESTS = 256
/** Maximum size of all bodies that are being read or processed. Bytes. */
const BYTES = 64 * 1024 * 1024

/**
 * Reserves an amount for a caller. Returns a function that releases it, or undefined if the caller, or all callers together, would exceed
 * the limit.
 */
type Take = (door: string, amount: number) => (() => void) | undefined

/** Creates a limited resource. Each caller gets at most half of it. */
export function createShares(all: number): Take {
  const used = new Map<string, number>()
  let sum = 0
  return (door, amount) => {
    const own = used.get(door) ?? 0
    if (sum + amount > all || own + amount > all / 2) return undefined
    sum += amount
    used.set(door, own + amount)
    return () => {
      sum -= amount
      const left = (used.get(door) ?? 0) - amount
      if (left > 0) used.set(door, left)
      else used.delete(door)
    }
  }
}

/**
 * Reserves memory and a place for a request with a body of this size. Returns a function that releases it. @throws RexError OVERLOADED,
 * LIMIT_EXCEEDED
 */
export type TakeRoom = (door: string, bytes: number) => () => void

/** Creates the limits, with nothing reserved yet. */
export function createRoom(): TakeRoom {
  const [requests, bodies] = [createShares(REQUESTS), createShares(BYTES)]
  return (door, bytes) => {
    if (bytes > JSON_BYTES) throw tooLarge()
    const request = requests(door, 1)
    const body = request && bodies(door, bytes)
    if (body !== undefined)
      return () => {
        request?.()
        body()
      }
    request?.()
    throw new RexError('OVERLOADED', 'The service answers too many requests at once.', {
      metadata: { retry_after_ms: '1000' },
    })
  }
}

/** Returns the refusal of a body that is too large. */
export const tooLarge = () =>
  new RexError('LIMIT_EXCEEDED', `The body has more than ${JSON_BYTES} bytes.`, {
    path: 'body',
    metadata: { limit: String(JSON_BYTES) },
  })
