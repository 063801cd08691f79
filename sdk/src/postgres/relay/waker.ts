// Wakes a loop that waits for work: at once when somebody wakes it, and from time to time in any case.

/** How long a loop sleeps when nobody wakes it: a notification can be lost with its connection. Milliseconds. */
const POLL_MS = 2000

/** Wakes one waiting loop. */
export interface Waker {
  wake(): void
  /** Resolves when it was woken since the last wait, when the signal aborts, or after `atMost` ms. */
  woken(signal: AbortSignal, atMost?: number): Promise<void>
}

export function createWaker(): Waker {
  let waiting = Promise.withResolvers<void>()
  const wake = () => waiting.resolve()
  return {
    wake,
    async woken(signal, atMost = POLL_MS) {
      const timer = setTimeout(wake, atMost)
      signal.addEventListener('abort', wake, { once: true })
      if (!signal.aborted) await waiting.promise
      waiting = Promise.withResolvers()
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
    },
  }
}
