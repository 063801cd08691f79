// Measures the cost of work on a busy computer.

/**
 * Starts a measurement. The returned function gives the processor time that this process has used since, in milliseconds, whatever else the computer
 * does.
 */
export function processorTime(): () => number {
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
}
