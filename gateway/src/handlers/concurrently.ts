// Answers a stream of requests as the answers become known, a bounded number at a time. docs/spec/delivery.md, "Deliver stream"
import { createQueue } from '@rex/sdk/transport'

/** How to answer. */
export interface Concurrently<Request, Response> {
  readonly requests: AsyncIterator<Request>
  /** Answers one request. If it throws, the stream ends with that error. */
  readonly answer: (request: Request) => Promise<Response>
  /** Most requests unanswered; no more are read meanwhile. */
  readonly window: number
  /** When aborted, no more requests are read; the stream ends after the answers that are due. */
  readonly draining: AbortSignal
  /** When aborted, the stream ends at once, with the signal's reason. */
  readonly signal: AbortSignal
}

/** The answers, in the order in which they become known. */
export async function* concurrently<Request, Response>(
  options: Concurrently<Request, Response>,
): AsyncGenerator<Response, void> {
  const { requests, answer, window, draining, signal } = options
  const answers = createQueue<Response>(Number.POSITIVE_INFINITY)
  let unanswered = 0
  let finished = false
  let roomFree: () => void = () => {}

  const finish = () => {
    finished = true
    if (unanswered === 0) answers.end()
  }
  const stop = () => answers.end(signal.reason)
  const one = async (request: Request) => {
    unanswered += 1
    try {
      const response = await answer(request)
      if (!signal.aborted) answers.offer(response)
    } catch (error) {
      answers.end(error)
    } finally {
      unanswered -= 1
      roomFree()
    }
    if (finished) finish()
  }
  const read = async () => {
    while (!finished) {
      const next = await requests.next()
      if (next.done === true) return finish()
      void one(next.value)
      if (unanswered >= window) await new Promise<void>((resolve) => (roomFree = resolve))
    }
  }

  draining.addEventListener('abort', finish)
  signal.addEventListener('abort', stop)
  if (draining.aborted) finish()
  read().catch((error: unknown) => answers.end(error))
  try {
    yield* answers
  } finally {
    draining.removeEventListener('abort', finish)
    signal.removeEventListener('abort', stop)
  }
}
