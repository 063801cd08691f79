// Posts to the webhooks of a directory, as a service does, from a list of changes. Runs until it is killed.
import { setTimeout as wait } from 'node:timers/promises'
import type { DeskChange } from '../../client/api/changes.ts'
import type { Desk } from '../../client/api/desk.ts'
import { systemClock } from '../../client/clock/clock.ts'
import { startChannels } from '../alerts/alerts.ts'

/** Makes a desk with this many changes, of three threads in turn. */
export function deskWith(count: () => number) {
  const change = (n: number): DeskChange => {
    const thread = String(n % 3).repeat(32)
    return { kind: 'hold', thread, state: 'held', cursor: String(n), atMs: n }
  }
  const desk: Pick<Desk, 'organisation' | 'readChanges' | 'lastChange'> = {
    organisation: 'https://ngo.example',
    lastChange: async () => '0',
    async readChanges({ after = '0', signal } = {}) {
      while (count() <= Number(after) && signal?.aborted !== true) await wait(1)
      const numbers = Array.from(
        { length: Math.max(0, count() - Number(after)) },
        (_, i) => Number(after) + i + 1,
      )
      return { changes: numbers.map(change), cursor: String(Number(after) + numbers.length) }
    },
  }
  return desk as Desk
}

if (process.argv[2] === 'run') {
  const [, , , directory = '', count] = process.argv
  const desk = deskWith(() => Number(count))
  await startChannels({ desk, directory, clock: systemClock, log: () => {} })
}
