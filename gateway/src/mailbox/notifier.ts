// Wakes who waits for something to happen. docs/spec/mailbox.md, "Feed"
import type { Clock } from '../clock/clock.ts'

/** Notifies those who listen. */
export interface Notifier {
  /** Something has happened: all who wait go on. */
  notify(): void
  /** How often it has notified. */
  count(): number
  /** Starts listening: a notification from now on is not missed. */
  listen(): Listener
}

/** Somebody who listens to a notifier. */
export interface Listener {
  /** Resolves at the first notification since `listen`, after `ms`, or when the signal is aborted. */
  wait(until: { readonly ms?: number | undefined; readonly signal: AbortSignal }): Promise<void>
}

/** A notifier that has not notified yet. */
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
