// Waiting for what no event tells, such as the last receipt.
import { setTimeout as delay } from 'node:timers/promises'

const LOOK_MS = 250
const PATIENCE = 120

/** Looks four times a second, for half a minute at most. The last answer. */
export async function until(holds: () => Promise<boolean>): Promise<boolean> {
  for (let looks = 1; ; looks++) {
    const answer = await holds()
    if (answer || looks === PATIENCE) return answer
    await delay(LOOK_MS)
  }
}
