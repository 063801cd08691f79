// Stop signals of a process. docs/guide/gateway.md, "Running"

/** A supervisor signals the process and its group, so the process may hear of one stop twice. */
const SAME_STOP_MS = 1000

/**
 * Calls `stop` with the name of the first SIGTERM or SIGINT, and `endNow` at a second one that comes more than a second later: somebody
 * has waited and lost patience.
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
