// Wakes who waits. docs/spec/mailbox.md, "Feed"
import type { Clock } from '../clock/clock.ts'

/** Something that happens now and then. */
export interface Bell {
  /** It happens: all who wait go on. */
  ring(): void
  /** How often it has rung. */
  rings(): number
  /** Starts listening: what happens from now on is not missed. */
  listen(): Listener
}

/** Somebody who listens to a bell. */
export interface Listener {
  /** Resolves when the bell has rung since `listen`, after `ms`, or when the signal is aborted. */
  wait(until: { readonly ms?: number | undefined; readonly signal: AbortSignal }): Promise<void>
}

/** A bell. */
export function createBell(clock: Clock): Bell {
  let rung = Promise.withResolvers<void>()
  let rings = 0
  return {
    rings: () => rings,
    ring() {
      rings += 1
      rung.resolve()
      rung = Promise.withResolvers()
    },
    listen() {
      const { promise } = rung
      return { wait: (until) => firstOf(clock, promise, until) }
    },
  }
}

async function firstOf(
  clock: Clock,
  rung: Promise<void>,
  { ms, signal }: { readonly ms?: number | undefined; readonly signal: AbortSignal },
): Promise<void> {
  if (signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = () => resolve()
  const cancel = ms === undefined ? undefined : clock.after(ms, stop)
  signal.addEventListener('abort', stop)
  void rung.then(stop)
  await promise
  cancel?.()
  signal.removeEventListener('abort', stop)
}
