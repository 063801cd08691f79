// Answers a bounded number of requests of a stream at a time, in the order in which answers become ready. docs/spec/delivery.md, "Deliver stream"
import { LIMITS } from '@rex/sdk/core'
import { createQueue } from '@rex/sdk/transport'

/** Settings for answering requests. */
interface Concurrently<Request, Response> {
  readonly requests: AsyncIterator<Request>
  /** Answers one request. If it throws, the stream ends with that error. */
  readonly answer: (request: Request) => Promise<Response>
  /** Size of a request in bytes. */
  readonly sizeOf: (request: Request) => number
  /** Maximum number of requests that are unanswered or whose answers the client has not read. Reading pauses at this number. */
  readonly window: number
  /** When aborted, reading stops; the stream ends after the pending answers. */
  readonly draining: AbortSignal
  /** When aborted, the stream ends immediately, with the signal's reason. */
  readonly signal: AbortSignal
}

/**
 * Yields the answers in the order in which they become ready. A request occupies the window until its answer is read, so the requests of
 * a client that reads no answers are no longer read (T-129). The bytes in the window are limited too, because each byte is in memory
 * several times while its transaction is open (REX-DLV-101).
 */
export async function* concurrently<Request, Response>(
  options: Concurrently<Request, Response>,
): AsyncGenerator<Response, void> {
  const { requests, answer, sizeOf, window, draining, signal } = options
  const answers = createQueue<{ readonly response: Response; readonly bytes: number }>(window)
  const pending = { requests: 0, bytes: 0 }
  let finished = false
  let roomFree: () => void = () => {}

  const finish = () => {
    finished = true
    if (pending.requests === 0) answers.end()
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
    pending.requests += count
    pending.bytes += count * bytes
  }
  const read = async () => {
    while (!finished) {
      const next = await requests.next()
      if (next.done === true) return finish()
      const bytes = sizeOf(next.value)
      hold(bytes, 1)
      void one(next.value, bytes)
      while (pending.requests >= window || pending.bytes >= LIMITS.receiverWindowBytes)
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
