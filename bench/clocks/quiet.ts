// Waits until this process has nothing to do, however slow the machine is. docs/guide/benchmark.md, "Clocks"
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'

const PAUSE_MS = 15
/** Share of a pause for which the event loop may be busy and still count as idle. */
const BUSY = 0.2
const MOST_PAUSES = 200

/** Resolves when the event loop has been idle for a moment, so no more data is in transit on the sockets. */
export async function quiet(): Promise<void> {
  for (let pauses = 0; pauses < MOST_PAUSES; pauses++) {
    const before = performance.eventLoopUtilization()
    await pause(PAUSE_MS)
    if (performance.eventLoopUtilization(before).utilization < BUSY) return
  }
}
