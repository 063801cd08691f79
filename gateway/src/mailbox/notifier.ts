// Wakes waiting streams. docs/spec/mailbox.md, "Feed"
import type { Clock } from '../clock/clock.ts'

/** Notifies its listeners. */
export interface Notifier {
  /** Notifies all listeners. */
  notify(): void
  /** Number of notifications so far. */
  count(): number
  /** Starts listening: no later notification is missed. */
  listen(): Listener
}

/** A listener of a notifier. */
export interface Listener {
  /** Resolves at the first notification since `listen`, after `ms`, or when the signal is aborted. */
  wait(until: { readonly ms?: number | undefined; readonly signal: AbortSignal }): Promise<void>
}

export function createNotifier(clock: Clock): Notifier {
  let next = Promise.withResolvers<void>()
  let count = 0
  return {
    count: () => count,
    notify() {
      count += 1
      next.resolve()
      next = Promise.withResolvers()
    },
    listen() {
      const { promise } = next
      return { wait: (until) => firstOf(clock, promise, until) }
    },
  }
}

async function firstOf(
  clock: Clock,
  notified: Promise<void>,
  { ms, signal }: { readonly ms?: number | undefined; readonly signal: AbortSignal },
): Promise<void> {
  if (signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = () => resolve()
  const cancel = ms === undefined ? undefined : clock.after(ms, stop)
  signal.addEventListener('abort', stop)
  void notified.then(stop)
  await promise
  cancel?.()
  signal.removeEventListener('abort', stop)
}
