// Sets this process's clock ahead of the system clock, as the suite requests. This module must be loaded before the desk.
const system = Date.now
let ahead = 0

Date.now = () => system() + ahead

/** Sets how far the clock is ahead, in milliseconds. Negative: behind. */
export function setAhead(ms: number): void {
  ahead = ms
}
