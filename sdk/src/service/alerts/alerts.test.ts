// Tests of alerts by mail, which a real mail server accepts. docs/guide/alerts.md
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as otherWork } from 'node:timers/promises'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { DeskChange } from '../../client/api/changes.ts'
import type { Desk, DeskLogEntry } from '../../client/api/desk.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import { startChannels } from './alerts.ts'
import { configure, deskWith, mailServer, type ReceivedMail, subjectOf } from './fixture.ts'
import { MAILS_AN_HOUR } from './plan.ts'

const FIXTURE = new URL('fixture.ts', import.meta.url).pathname
const MORNING = Date.UTC(2026, 10, 30, 6)
const DAY = 86_400_000
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-alerts-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Starts a mail server that ends with the test. */
async function server(options?: SMTPServerOptions) {
  const made = await mailServer(directory, options)
  onTestFinished(() => made.close())
  return made
}

/**
 * Starts the channels of the directory, with a desk that has this many changes. `aheadMs`: how far the clock of the computer is
 * ahead.
 */
async function start(
  count: () => number,
  {
    change,
    threads,
    nowMs = MORNING,
    aheadMs = 0,
  }: {
    change?: (n: number) => Partial<DeskChange>
    threads?: Desk['threads']
    nowMs?: number
    aheadMs?: number
  } = {},
) {
  const logged: DeskLogEntry[] = []
  const clock = virtualClock(nowMs + aheadMs, async () => {})
  const health = async () => ({ timeMs: clock.now() - aheadMs }) as never
  const desk = deskWith(count, change, { health, ...(threads && { threads }) })
  const channels = await startChannels({ desk, directory, clock, log: (entry) => logged.push(entry) })
  let ended = false
  const end = async () => {
    if (!ended) await channels[Symbol.asyncDispose]()
    ended = true
  }
  onTestFinished(end)
  const state = () => channels.alerts.list()[0]
  return { ...channels, clock, logged, end, state }
}

/** Waits until the condition is true. */
async function until(holds: () => boolean) {
  while (!holds()) await otherWork()
}
const threadsIn = ({ body }: ReceivedMail) => body.match(/[0-9a-f]{8}(?=\u2069\))/g)?.length ?? 0

test('an alert is one mail to its recipient, sent encrypted, with only ids and states', async () => {
  const { all, smtp, until: received } = await server()
  configure(directory, smtp, {})
  const { end } = await start(() => 1)
  await received(() => all.length === 1)
  await end()
  const [mail] = all as [ReceivedMail]
  expect(mail.to).toEqual(['r-0@ngo.example'])
  expect(subjectOf(mail)).toBe('REX: A step is overdue')
  expect(mail.headers).toMatchObject({
    from: 'rex@ngo.example',
    'auto-submitted': 'auto-generated',
    'message-id': expect.stringMatching(/^<rex\.[0-9a-f]{32}@ngo\.example>$/),
    date: 'Mon, 30 Nov 2026 06:00:00 +0000',
  })
  expect(mail.body).toBe(
    [
      '\u20682026-11-30 00:00\u2069  A step is overdue. (referral \u206800000001\u2069)',
      '',
      'Times: UTC.',
      'To see more: `rex-desk inbox`, `rex-desk status`.',
      'From the REX desk of \u2068https://ngo.example\u2069. This mail contains no case data. Nobody reads answers to it.',
      '',
    ].join('\r\n'),
  )
})

test('a flood of alerts causes a mail for each of the first, then one for all others, and no more in that hour', async () => {
  const { all, smtp, until: received } = await server()
  configure(directory, smtp, {})
  let count = 0
  const running = await start(() => count)
  for (let n = 1; n < MAILS_AN_HOUR; n++) {
    count = n
    await received(() => all.length === n)
    await until(() => running.state()?.waiting === 0)
  }
  count = 35_000
  await received(() => all.length === MAILS_AN_HOUR)
  await until(() => (running.state()?.waiting ?? 0) >= 10_000)
  await running.clock.advance({ minutes: 59 })
  expect(all).toHaveLength(MAILS_AN_HOUR)
  const reported = () =>
    all
      .map(subjectOf)
      .map(countOf)
      .reduce((a, b) => a + b)
  while (reported() < 35_000) {
    const mails = all.length
    await running.clock.advance({ hours: 1 })
    await received(() => all.length > mails)
    await until(() => reported() + (running.state()?.waiting ?? 0) >= Math.min(35_000, reported() + 10_000))
  }
  expect(reported()).toBe(35_000)
  expect(all.at(-1)?.body).toMatch(/… and \d+ more\./)
  expect(threadsIn(all.at(-1) as ReceivedMail)).toBe(50)
  expect(new Set(all.map(({ headers }) => headers['message-id'])).size).toBe(all.length)
  await running.end()
})
const countOf = (subject: string) => Number(/(\d+) alerts/.exec(subject)?.[1] ?? 1)

test('a digest is one mail at its time of day in its zone; immediate alerts do not wait for it', async () => {
  const { all, smtp, until: received } = await server()
  // 07:30 in Bogotá is 12:30 UTC.
  const zone = 'America/Bogota'
  configure(directory, smtp, { zone, atOnce: ['not-arrived'], digest: { at: '07:30', alerts: ['overdue'] } })
  let count = 3
  const change = (n: number): Partial<DeskChange> => (n === 3 ? { kind: 'alarm', state: 'delayed' } : {})
  const running = await start(() => count, { change })
  await received(() => all.length === 1)
  await running.clock.advance({ hours: 6, minutes: 29 })
  await until(() => running.state()?.waiting === 2)
  expect(all.map(subjectOf)).toEqual(['REX: A message of yours did not arrive'])
  await running.clock.advance({ minutes: 1 })
  await received(() => all.length === 2)
  expect(subjectOf(all[1] as ReceivedMail)).toBe('REX: 2 alerts')
  expect(all[1]?.body).toContain('2026-11-29 19:00')
  count = 4
  await until(() => running.state()?.waiting === 1)
  await running.clock.advance({ hours: 23, minutes: 59 })
  expect(all).toHaveLength(2)
  await running.clock.advance({ minutes: 1 })
  await received(() => all.length === 3)
  await running.end()
})

test('a clock that is wrong by weeks neither repeats, loses nor shifts a digest', async () => {
  const { all, smtp, until: received } = await server()
  configure(directory, smtp, { digest: { at: '12:00' } })
  let count = 1
  const first = await start(() => count, { aheadMs: 21 * DAY })
  await until(() => first.state()?.waiting === 1)
  await first.clock.advance({ hours: 5, minutes: 59 })
  expect(all).toEqual([])
  await first.end()
  const second = await start(() => count, { aheadMs: -21 * DAY, nowMs: MORNING + DAY / 4 })
  await received(() => all.length === 1)
  await until(() => second.state()?.waiting === 0)
  count = 2
  await until(() => second.state()?.waiting === 1)
  await second.end()
  // While the clock was ahead, the desk believed it, so the alert is planned for a distant day. Now that the clock is
  // right, the alert is sent.
  const third = await start(() => count, { nowMs: MORNING - 30 * DAY })
  await received(() => all.length === 2)
  await third.end()
  expect(all.map(threadsIn)).toEqual([1, 1])
})

test('an erased thread is in no mail; a case number only if the operator permits it', async () => {
  const { all, smtp, until: received } = await server()
  configure(directory, smtp, { refs: true, digest: { at: '12:00', alerts: ['overdue'] }, atOnce: ['held'] })
  const thread = (n: number) => String(n).repeat(32)
  const threads: Desk['threads'] = async ({ idPrefix = '' } = {}) =>
    [{ id: idPrefix, ref: `4711\r\nBcc: x@example.org`, test: false }] as never
  const change = (n: number): Partial<DeskChange> =>
    n === 3 ? { kind: 'erased', thread: thread(1), reason: 'retention' } : { thread: thread(n) }
  let count = 2
  const running = await start(() => count, { change, threads })
  await until(() => running.state()?.waiting === 2)
  count = 3
  await until(() => running.state()?.waiting === 1)
  await running.clock.advance({ hours: 6 })
  await received(() => all.length === 1)
  expect(all[0]?.body).toContain('(referral \u206822222222\u2069, case \u20684711 Bcc: x@example.org\u2069)')
  expect(all[0]?.body).not.toContain('1111')
  expect([all[0]?.to, all[0]?.headers.bcc]).toEqual([['r-0@ngo.example'], undefined])
  await running.end()
})

test('T-080 after a kill at any time everything is mailed, and a repeated mail has the id of the first', async () => {
  let kill: (() => void) | undefined
  let mails = 0
  const made = await server()
  const take = made.server.onData.bind(made.server)
  made.server.onData = (stream, session, done) => {
    take(stream, session, (error) => {
      mails += 1
      // The server has accepted the mail, but its answer does not reach the process.
      if (mails % 2 === 0) kill?.()
      done(error)
    })
  }
  configure(directory, made.smtp, {})
  const seen = () => new Set(made.all.map(({ body }) => /([0-9a-f]{8})\u2069\)/.exec(body)?.[1])).size
  for (let n = 0; seen() < 4; n++) {
    expect(n).toBeLessThan(20)
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--conditions=@rex/source', FIXTURE, 'run', directory, '4'],
      { stdio: 'ignore' },
    )
    const exited = once(child, 'exit')
    kill = () => child.kill('SIGKILL')
    await Promise.race([exited, made.until(() => seen() === 4)])
    child.kill('SIGKILL')
    await exited
  }
  const ids = Map.groupBy(made.all, ({ body }) => /([0-9a-f]{8})\u2069\)/.exec(body)?.[1])
  for (const [, mailsOfOne] of ids)
    expect(new Set(mailsOfOne.map(({ headers }) => headers['message-id'])).size).toBe(1)
  expect(made.all.length).toBeGreaterThan(4)
})
