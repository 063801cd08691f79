// Runs the periodic tasks of a gateway. docs/guide/gateway.md
import { RexError } from '@rex/sdk/core'
import { type Cancel, every } from '../clock/clock.ts'
import { startRetention } from '../retention/retention.ts'
import { startPageCheck, startScrub } from '../retention/scrub.ts'
import { errorFields } from '../telemetry/log.ts'
import type { Rooms } from './rooms.ts'

const RENEWAL_MS = 60_000
const REVIEW_MS = 60_000

/** Starts the tasks. `renewed` is called after the gateway's certificate was renewed. Returns a function that stops them. */
export function startTasks(rooms: Rooms, renewed: () => void): Cancel {
  const { clock, store, time } = rooms
  const renew = renewal(rooms, renewed)
  void renew()
  const stops = [
    every(clock, RENEWAL_MS, renew),
    startRetention({ store, clock, time }),
    startScrub({ store, clock }),
    startPageCheck({ store, clock }),
    every(clock, REVIEW_MS, time.review),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

/** Runs one renewal at a time. A renewal that fails, for example on a full disk, is retried in the next round and stops nothing. */
function renewal({ keys, log }: Pick<Rooms, 'keys' | 'log'>, renewed: () => void): () => Promise<void> {
  const renewIfDue = async () => {
    const why = await keys.renewIfDue()
    if (why === undefined) return
    renewed()
    if (why === 'due') log.info('certificate renewed')
    else log.warn('certificate replaced: the clock was wrong when it was made')
  }
  let renewing: Promise<void> | undefined
  return () => {
    renewing ??= renewIfDue()
      .catch((error: unknown) => log.error('certificate not renewed', errorFields(RexError.from(error))))
      .finally(() => {
        renewing = undefined
      })
    return renewing
  }
}
