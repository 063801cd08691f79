// A bounded queue that one side pushes into and the other iterates: the sending half of a stream. docs/spec/delivery.md
import { RexError } from '../core/error.ts'

/** A queue with one reader. */
export interface Queue<T> extends AsyncIterable<T> {
  /** Adds an item; resolves once there is room for the next one, so awaiting it is back-pressure. @throws RexError CANCELLED after the end */
  push(item: T): Promise<void>
  /** Adds an item if there is room; false if there is none. @throws RexError CANCELLED after the end */
  offer(item: T): boolean
  /** Ends the queue after what is in it; with an error, at once and with that error. */
  end(error?: unknown): void
  /** Items waiting. */
  readonly size: number
}

/** Makes a queue that holds at most `capacity` items before `push` waits; default 64. */
export function createQueue<T>(capacity = 64): Queue<T> {
  let items: T[] = []
  let head = 0
  let ended: { readonly error: unknown } | undefined
  let reader: (() => void) | undefined
  let writers: (() => void)[] = []

  const size = () => items.length - head
  const wakeReader = () => {
    reader?.()
    reader = undefined
  }
  const wakeWriters = () => {
    for (const wake of writers) wake()
    writers = []
  }
  const offer = (item: T): boolean => {
    if (ended) throw new RexError('CANCELLED', 'The stream has ended.', { cause: ended.error })
    if (size() >= capacity) return false
    items.push(item)
    wakeReader()
    return true
  }
  const end = (error?: unknown): void => {
    if (ended) return
    ended = { error }
    if (error !== undefined) items = []
    if (error !== undefined) head = 0
    wakeReader()
    wakeWriters()
  }
  const take = (): T => {
    const item = items[head++] as T
    if (head === items.length) {
      items = []
      head = 0
      wakeWriters()
    }
    return item
  }
  return {
    offer,
    end,
    get size() {
      return size()
    },
    async push(item) {
      while (!offer(item)) await new Promise<void>((resolve) => writers.push(resolve))
    },
    async *[Symbol.asyncIterator]() {
      try {
        while (true) {
          if (size() > 0) yield take()
          else if (ended?.error !== undefined) throw ended.error
          else if (ended) return
          else
            await new Promise<void>((resolve) => {
              reader = resolve
            })
        }
      } finally {
        end()
      }
    },
  }
}
