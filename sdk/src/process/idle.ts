// Detects that a process has become idle, so that it can return memory to the system. docs/adr/0014-heap-of-gateway-and-desk.md

/** How often processor time is compared. Milliseconds. */
const EVERY_MS = 30_000
/** A process that uses a smaller part of a processor is idle. Timers, health checks and one message now and then take less. */
const IDLE_PART = 0.02

/**
 * Calls `idle` whenever the process begins to be idle, that is, half a minute after its last work. `usedMs` returns the processor time
 * that the process has used so far, in milliseconds; default: that of this process.
 */
export function onIdle(idle: () => void, usedMs: () => number = processorMs): void {
  let before = usedMs()
  let wasIdle = false
  const compare = () => {
    const isIdle = usedMs() - before < EVERY_MS * IDLE_PART
    if (isIdle && !wasIdle) idle()
    wasIdle = isIdle
    // The time that `idle` itself took does not count.
    before = usedMs()
  }
  setInterval(compare, EVERY_MS).unref()
}

function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
