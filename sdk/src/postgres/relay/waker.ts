// Wakes a loop that waits for work: immediately when `wake` is called, and otherwise from time to time.

/** Maximum wait of a loop without a notification, because a notification can be lost with its connection. Milliseconds. */
const POLL_MS = 2000

/** Wakes one waiting loop. */
export interface Waker {
  wake(): void
  /**
   * Resolves immediately if `wake` was called since the last wait; otherwise when it is called, when the signal aborts, or after `atMost`
   * ms.
   */
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
