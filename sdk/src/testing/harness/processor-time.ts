// Measures the cost of work on a busy machine. For tests.

/** Starts a measurement. The returned function gives the milliseconds that this process has computed since, whatever else the machine does. */
export function processorTime(): () => number {
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
}
