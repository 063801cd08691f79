// A wrong clock, and a gateway that refuses some messages: only those messages wait, and people are informed. docs/guide/desk.md, "Maintenance"
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RexError } from '../../../core/error.ts'
import { virtualClock } from '../../../testing/time/clock.ts'
import type { DeskLogEntry } from '../../api/desk.ts'
import { type Cancel, systemClock } from '../../clock/clock.ts'
import { openDesk } from '../../desk.ts'
import { openLink } from '../../gateway/link.ts'
import { openKeystore } from '../../keys/keystore.ts'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
import { createRetrySchedule } from '../../submit/retry-schedule.ts'
import {
  closeAll,
  eventOf,
  example,
  next,
  PASSPHRASE,
  type Party,
  parties,
  referralOf,
} from '../harness/parties.ts'

const NOT_TAKEN = 'The gateway does not accept a message yet.'
const DAY = 24 * 60 * 60_000
const root = mkdtempSync(join(tmpdir(), 'rex-clock-'))
let all: Party[]
let hotline: Party
let ngo: Party
let offset = 0
/** While set, no timer of the hotline's desk runs, so the desk does not retry. */
let held: PromiseWithResolvers<void> | undefined
const logged: DeskLogEntry[] = []
const skewed = Promise.withResolvers<DeskLogEntry>()

function after(ms: number, run: () => void): Cancel {
  let isCancelled = false
  const cancel = systemClock.after(ms, async () => {
    await held?.promise
    if (!isCancelled) run()
  })
  return () => {
    isCancelled = true
    cancel()
  }
}

beforeAll(async () => {
  all = await parties(root, ['hotline', 'ngo'])
  ;[hotline, ngo] = all as [Party, Party]
  await hotline.desk[Symbol.asyncDispose]()
  const directory = join(hotline.directory, 'desk')
  const keys = await openKeystore(directory, PASSPHRASE)
  hotline.desk = await openDesk({
    keys,
    store: openSqliteDeskStore(join(directory, STORE_FILE)),
    link: openLink(keys),
    clock: { ...systemClock, now: () => Date.now() + offset, after },
    log(entry) {
      logged.push(entry)
      if (entry.level === 'error') skewed.resolve(entry)
    },
  })
  await hotline.desk.caughtUp()
})

afterAll(async () => {
  await closeAll(all)
  rmSync(root, { recursive: true, force: true })
})

test('T-050 a message written a day ahead waits, and its desk says why; with the clock corrected, it is redated and arrives', async () => {
  offset = DAY
  held = Promise.withResolvers()
  const early = await hotline.desk.send(example('content-verification'), { to: ngo.id, key: 'early' })
  expect(await skewed.promise).toMatchObject({ fields: { problem: 'clock' } })
  expect((await hotline.desk.health()).problems).toMatchObject([
    { code: 'clock', severity: 'warning', message: expect.stringContaining('24 hours ahead') },
  ])
  await early.note({ text: 'Said after it.' })
  const notTaken = () => logged.filter(({ message }) => message === NOT_TAKEN).length
  await expect.poll(notTaken).toBe(2)
  const waiting = hotline.desk.drain({ signal: AbortSignal.abort() })
  await expect(waiting).rejects.toMatchObject({ reason: 'CANCELLED', cause: { reason: 'CLOCK_SKEW' } })
  expect((await early.view()).delivery).toMatchObject([{ state: 'intended' }, { state: 'intended' }])
  offset = 0
  await expect(early.note({ text: 'Too soon.' })).rejects.toMatchObject({ reason: 'CLOCK_SKEW' })
  expect((await hotline.desk.health()).problems).toMatchObject([
    {
      code: 'clock',
      severity: 'warning',
      message: expect.stringMatching(/2 messages were dated ahead.* wait until 20/),
    },
  ])
  held.resolve()
  held = undefined
  const { thread } = await next(ngo.desk, referralOf(early.id))
  await next(ngo.desk, eventOf(early.id, 'note'))
  await thread.accept()
  await next(hotline.desk, eventOf(early.id, 'accept'))
  await early.note({ text: 'Now it can be said.' })
  await next(ngo.desk, eventOf(early.id, 'note'))
  const states = async () => (await early.view()).delivery.map(({ state }) => state).slice(0, 2)
  await expect.poll(states).toEqual(['received', 'received'])
  expect((await hotline.desk.health()).problems).toMatchObject([
    { code: 'clock', message: expect.stringMatching(/^2 messages were written while .* been dated again/) },
  ])
  const again = await hotline.desk.send(example('content-verification'), { to: ngo.id, key: 'early' })
  expect(again.id).toBe(early.id)
  expect(logged.map(({ message }) => message)).not.toContain('Submitting paused.')
})

test('the desk respects a pause that the gateway requests, up to an hour; otherwise it retries after 1 s, 2 s, 4 s', async () => {
  const clock = virtualClock(0, async () => {})
  const retries = createRetrySchedule(clock, () => {})
  const full = (ms: string) => new RexError('QUOTA_EXCEEDED', 'Full.', { metadata: { retry_after_ms: ms } })
  retries.add(1, full('30000'))
  retries.add(2, new RexError('STORE_FULL', 'Full.'))
  retries.add(3, full('99999999'))
  await clock.advance({ seconds: 1 })
  expect([retries.due(), retries.due()]).toEqual([[2], []])
  expect([1, 2, 3].map(retries.waits)).toEqual([true, false, true])
  retries.add(2, new RexError('STORE_FULL', 'Full.'))
  await clock.advance({ milliseconds: 1999 })
  expect(retries.due()).toEqual([])
  await clock.advance({ milliseconds: 1 })
  expect(retries.due()).toEqual([2])
  retries.forget(2)
  await clock.advance({ seconds: 27 })
  expect(retries.due()).toEqual([1])
  await clock.advance({ hours: 1 })
  expect(retries.due()).toEqual([3])
  expect(retries.reason()?.reason).toBe('QUOTA_EXCEEDED')
})
