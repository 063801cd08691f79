// The beginning and the end of a problem are each recorded once, as changes of the desk. docs/guide/desk.md,
// "Changes"
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { virtualClock } from '../../testing/time/clock.ts'
import type { HealthChange } from '../api/changes.ts'
import type { Desk } from '../api/desk.ts'
import type { DeskProblem } from '../api/problems.ts'
import { Changes } from '../changes/changes.ts'
import { observed } from '../store/observed.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import { type ClockedParty, MINUTE, withClock } from '../tests/harness/clocked.ts'
import { LastingProblems } from './lasting.ts'

const root = mkdtempSync(join(tmpdir(), 'rex-lasting-'))
const path = join(root, 'desk.db')
afterAll(() => rmSync(root, { recursive: true }))

let ngo: ClockedParty
let clock: { leap(ms: number): void }
withClock(['ngo'], (made, given) => {
  ;[ngo] = made as [ClockedParty]
  clock = given
})

const NGO = 'https://ngo.example'
const HOTLINE = 'https://hotline.example'
const problem = (
  code: DeskProblem['code'],
  severity: DeskProblem['severity'] = 'warning',
  organisation?: string,
): DeskProblem => ({ code, severity, message: 'Said.', ...(organisation && { organisation }) })

/** Opens the record of lasting problems in the store at `path`. */
function opened() {
  const store = observed(openSqliteDeskStore(path))
  const time = virtualClock(Date.UTC(2026, 10, 30), async () => {})
  let problems: readonly DeskProblem[] = []
  const desk = { store, clock: time, warn: (message: string) => expect.unreachable(message) }
  const lasting = new LastingProblems({ desk, read: async () => problems })
  return {
    lasting,
    async during(now: readonly DeskProblem[], { seconds = 90 } = {}) {
      problems = now
      lasting.changed()
      await time.advance({ seconds })
    },
    async end() {
      await lasting.close()
      await store[Symbol.asyncDispose]()
    },
    said: async () => short(await new Changes({ store, clock: time }).read()),
  }
}

const short = ({ changes }: Awaited<ReturnType<Desk['readChanges']>>) =>
  changes
    .filter((change): change is HealthChange => change.kind === 'health')
    .map(({ problem, state, organisation }) => [problem, state, organisation].filter(Boolean).join(' '))

test('the beginning, worsening and end of a problem are each recorded once per organisation, even across a restart', async () => {
  const first = opened()
  await first.during([problem('disk-low'), problem('peer-statement', 'warning', NGO)])
  await first.during([problem('disk-low'), problem('peer-statement', 'warning', NGO)])
  const both = [problem('overdue'), problem('overdue', 'critical'), problem('overdue')]
  await first.during([
    problem('disk-low', 'critical'),
    problem('peer-statement', 'warning', HOTLINE),
    ...both,
  ])
  await first.end()
  const second = opened()
  await second.during([problem('disk-low', 'critical'), problem('peer-statement', 'warning', HOTLINE)])
  expect(await second.said()).toEqual([
    'disk-low warning',
    `peer-statement warning ${NGO}`,
    'disk-low critical',
    `peer-statement warning ${HOTLINE}`,
    'overdue critical',
    `peer-statement ended ${NGO}`,
    'overdue ended',
  ])
  await second.end()
})

test('a problem that ends within 90 s is not recorded; when the desk closes, known problems are recorded immediately', async () => {
  const { during, lasting, said, end } = opened()
  const before = await said()
  await during([problem('gateway-unreachable')], { seconds: 89 })
  await during([problem('disk-low', 'critical'), problem('peer-statement', 'warning', HOTLINE)], {
    seconds: 2,
  })
  expect(await said()).toEqual(before)
  void during([problem('mailbox-lost', 'critical')], { seconds: 0 })
  void lasting.now()
  await lasting.close()
  expect((await said()).slice(before.length)).toEqual([
    'mailbox-lost critical',
    'disk-low ended',
    `peer-statement ended ${HOTLINE}`,
  ])
  await end()
})

test('the loss and the return of the gateway are recorded as changes', async () => {
  const said = async (text: string) => {
    clock.leap(2 * MINUTE)
    return short(await ngo.desk.readChanges()).some((one) => one.startsWith(text))
  }
  await ngo.gateway.drain()
  await expect.poll(() => said('gateway-unreachable warning')).toBe(true)
  await ngo.startGateway()
  await expect.poll(() => said('gateway-unreachable ended')).toBe(true)
})
