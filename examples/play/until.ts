// Waits for conditions that no event reports, such as the last receipt.
import { setTimeout as delay } from 'node:timers/promises'

const LOOK_MS = 250
const PATIENCE = 120

/** Checks a condition four times a second for at most half a minute. Returns the last result. */
export async function until(holds: () => Promise<boolean>): Promise<boolean> {
  for (let looks = 1; ; looks++) {
    const answer = await holds()
    if (answer || looks === PATIENCE) return answer
    await delay(LOOK_MS)
  }
}
