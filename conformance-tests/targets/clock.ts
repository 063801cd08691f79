// Sets the clock of this process ahead of the system's as the suite requests. It must be loaded before the desk.
const system = Date.now
let ahead = 0

Date.now = () => system() + ahead

/** Sets how far the clock is ahead, in milliseconds. Negative: behind. */
export function setAhead(ms: number): void {
  ahead = ms
}
