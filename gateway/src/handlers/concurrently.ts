// Answers a stream of requests as the answers become known, a bounded number at a time. docs/spec/delivery.md, "Deliver stream"
import { createQueue } from '@rex/sdk/transport'

/**
 * The most bytes of requests that a stream may hold: envelopes that are being taken in, or whose answers are not yet taken.
 * A full window of ordinary envelopes has less. Each byte is in memory several times while its transaction is open.
 */
export const WINDOW_BYTES = 4 * 1024 * 1024

/** How to answer. */
export interface Concurrently<Request, Response> {
  readonly requests: AsyncIterator<Request>
  /** Answers one request. If it throws, the stream ends with that error. */
  readonly answer: (request: Request) => Promise<Response>
  /** Bytes of a request. */
  readonly sizeOf: (request: Request) => number
  /** Most requests that are unanswered, or whose answers the reader has not taken. No more are read meanwhile. */
  readonly window: number
  /** When aborted, no more requests are read; the stream ends after the answers that are due. */
  readonly draining: AbortSignal
  /** When aborted, the stream ends at once, with the signal's reason. */
  readonly signal: AbortSignal
}

/**
 * The answers, in the order in which they become known. A request holds its place in the window, and its bytes in those of
 * the window, until its answer was taken: who reads no answers is not read either (T-129).
 */
export async function* concurrently<Request, Response>(
  options: Concurrently<Request, Response>,
): AsyncGenerator<Response, void> {
  const { requests, answer, sizeOf, window, draining, signal } = options
  const answers = createQueue<{ readonly response: Response; readonly bytes: number }>(window)
  const held = { requests: 0, bytes: 0 }
  let finished = false
  let roomFree: () => void = () => {}

  const finish = () => {
    finished = true
    if (held.requests === 0) answers.end()
  }
  const stop = () => answers.end(signal.reason)
  const one = async (request: Request, bytes: number) => {
    try {
      const response = await answer(request)
      if (!signal.aborted) answers.offer({ response, bytes })
    } catch (error) {
      answers.end(error)
    }
  }
  const hold = (bytes: number, count: 1 | -1) => {
    held.requests += count
    held.bytes += count * bytes
  }
  const read = async () => {
    while (!finished) {
      const next = await requests.next()
      if (next.done === true) return finish()
      const bytes = sizeOf(next.value)
      hold(bytes, 1)
      void one(next.value, bytes)
      while (held.requests >= window || held.bytes >= WINDOW_BYTES)
        await new Promise<void>((resolve) => (roomFree = resolve))
    }
  }

  draining.addEventListener('abort', finish)
  signal.addEventListener('abort', stop)
  if (draining.aborted) finish()
  read().catch((error: unknown) => answers.end(error))
  try {
    for await (const { response, bytes } of answers) {
      yield response
      hold(bytes, -1)
      roomFree()
      if (finished) finish()
    }
  } finally {
    draining.removeEventListener('abort', finish)
    signal.removeEventListener('abort', stop)
  }
}
