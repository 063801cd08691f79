// Handles the stop signals of a process. docs/guide/gateway.md, "Running"

/** Signals within this time count as one stop, because a supervisor signals both the process and its group. */
const SAME_STOP_MS = 1000

/**
 * Calls `stop` with the name of the first SIGTERM or SIGINT. Calls `endNow` at a second signal more than a second later, because the operator
 * no longer wants to wait.
 */
export function onStopSignals(stop: (signal: 'SIGTERM' | 'SIGINT') => void, endNow: () => void): void {
  let stoppedMs: number | undefined
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      const now = performance.now()
      if (stoppedMs !== undefined && now - stoppedMs > SAME_STOP_MS) return endNow()
      if (stoppedMs !== undefined) return
      stoppedMs = now
      stop(signal)
    })
  }
}
