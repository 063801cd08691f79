// How much the service does at a time, so that no caller fills its memory or keeps the others out. docs/guide/service.md, "Limits"
import { RexError } from '../../core/error.ts'
import { JSON_BYTES } from '../../core/input/json.ts'

/** Requests that are answered at a time. */
const REQUESTS = 256
/** Bytes of bodies that are read or worked on at a time. */
const BYTES = 64 * 1024 * 1024

/** Takes an amount for a caller. Returns how to give it back; undefined if the caller has too much, or all together. */
type Take = (door: string, amount: number) => (() => void) | undefined

/** Something of which there is so much at a time, and half as much for each caller. */
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

/** Takes room for a request with a body of so many bytes. Returns how to give it back. @throws RexError OVERLOADED, LIMIT_EXCEEDED */
export type TakeRoom = (door: string, bytes: number) => () => void

/** An empty room. */
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

/** The refusal of a body that is too large. */
export const tooLarge = () =>
  new RexError('LIMIT_EXCEEDED', `The body has more than ${JSON_BYTES} bytes.`, {
    path: 'body',
    metadata: { limit: String(JSON_BYTES) },
  })
