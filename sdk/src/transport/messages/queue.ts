// A bounded queue between a producer and one consumer: the sending half of a stream. docs/spec/delivery.md, "Calls"
import { RexError } from '../../core/error.ts'

/** A queue with one reader, which ends when the reader stops reading. */
export interface Queue<T> extends AsyncIterable<T> {
  /** Adds an item, in order. Resolves when there was space for it, so awaiting it gives back-pressure. Rejects with CANCELLED after the end. */
  push(item: T): Promise<void>
  /** Adds an item if there is space; otherwise returns false. @throws RexError CANCELLED after the end */
  offer(item: T): boolean
  /** Ends the queue after its remaining items. With an error, ends the queue immediately and gives the error to the reader. */
  end(error?: unknown): void
  /** Number of items that wait for the reader. */
  readonly size: number
}

interface Writer<T> {
  readonly item: T
  admit(): void
  refuse(error: RexError): void
}

/** Creates a queue that holds at most `capacity` items. */
export function createQueue<T>(capacity = 64): Queue<T> {
  const items: T[] = []
  const writers: Writer<T>[] = []
  let ended: { readonly error: unknown } | undefined
  let wake = () => {}

  const cancelled = () => new RexError('CANCELLED', 'The stream has ended.', { cause: ended?.error })
  const offer = (item: T): boolean => {
    if (ended) throw cancelled()
    if (items.length >= capacity) return false
    items.push(item)
    wake()
    return true
  }
  const take = (): T => {
    const item = items.shift() as T
    const writer = writers.shift()
    if (writer) items.push(writer.item)
    writer?.admit()
    return item
  }
  const end = (error?: unknown): void => {
    if (ended) return
    ended = { error }
    if (error !== undefined) items.length = 0
    for (const writer of writers.splice(0)) writer.refuse(cancelled())
    wake()
  }
  return {
    offer,
    end,
    get size() {
      return items.length
    },
    async push(item) {
      if (offer(item)) return
      await new Promise<void>((admit, refuse) => writers.push({ item, admit, refuse }))
    },
    [Symbol.asyncIterator]() {
      const next = async (): Promise<IteratorResult<T>> => {
        for (;;) {
          if (items.length > 0) return { done: false, value: take() }
          if (ended?.error !== undefined) throw ended.error
          if (ended) return { done: true, value: undefined }
          await new Promise<void>((resolve) => (wake = resolve))
        }
      }
      // This iterator is hand-written, because a generator could not end while it waits for an item.
      const leave = async (): Promise<IteratorResult<T>> => {
        end()
        items.length = 0
        return { done: true, value: undefined }
      }
      return { next, return: leave }
    },
  }
}
