// Tests of mail servers and webhook receivers that are unreachable for hours or days. docs/guide/alerts.md, "When mail fails"
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createLine, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setImmediate as otherWork } from 'node:timers/promises'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { DeskChange } from '../../client/api/changes.ts'
import type { DeskLogEntry } from '../../client/api/desk.ts'
import { RexError } from '../../core/error.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import { WEBHOOKS_FILE } from '../webhooks/config.ts'
import { startChannels } from './alerts.ts'
import type { MailServer } from './config.ts'
import { configure, deskWith, mailServer, type ReceivedMail } from './fixture.ts'

const MORNING = Date.UTC(2026, 10, 30, 6)
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-outage-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Opens a network line to a server on this computer. While `isCut` is true, the line closes every connection. */
async function lineTo({ port = 0 }: MailServer) {
  const line = { port: 0, isCut: false, tries: 0 }
  const each = (socket: Socket) => {
    line.tries += 1
    if (line.isCut) socket.destroy()
    else
      socket
        .on('error', () => {})
        .pipe(connect(port).on('error', () => socket.destroy()))
        .pipe(socket)
  }
  const server = createLine(each).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  line.port = (server.address() as AddressInfo).port
  return line
}

/**
 * Starts the channels of the directory. Changes with even numbers are undelivered messages, those with odd numbers overdue
 * steps.
 */
async function start(count: () => number, nowMs = MORNING) {
  const logged: DeskLogEntry[] = []
  const clock = virtualClock(nowMs, async () => {})
  const change = (n: number): Partial<DeskChange> =>
    n % 2 === 0 ? { kind: 'alarm', state: 'delayed', atMs: n } : { atMs: n }
  const health = async () => ({ timeMs: clock.now() }) as never
  const desk = deskWith(count, change, { health })
  const channels = await startChannels({ desk, directory, clock, log: (entry) => logged.push(entry) })
  let ended = false
  const end = async () => {
    if (!ended) await channels[Symbol.asyncDispose]()
    ended = true
  }
  onTestFinished(end)
  /** Waits until a condition is met. */
  const until = async (holds: () => boolean) => {
    while (!holds()) await otherWork()
  }
  /** Advances the clock in steps of five minutes until a condition is met, but at least this many minutes. */
  const passed = async (minutes: number, holds: () => boolean) => {
    for (let minute = 0; minute < minutes || !holds(); minute += 5) {
      await clock.advance({ minutes: 5 })
      await otherWork()
    }
  }
  return { ...channels, clock, logged, end, until, passed }
}

/** Returns the first digits of the ids of the threads in a mail. */
const threadsIn = ({ body }: ReceivedMail) =>
  [...body.matchAll(/([0-9a-f]{8})\u2069\)/g)].map(([, thread]) => thread as string)

test('after 30 hours without a mail server, one mail has every alert, also those of the digest; meanwhile status reports the failure', async () => {
  const { all, smtp } = await mailServer(directory)
  const line = await lineTo(smtp)
  const timing = { atOnce: ['not-arrived'], digest: { at: '12:00', alerts: ['overdue'] } } as const
  configure(directory, { ...smtp, port: line.port }, timing)
  line.isCut = true
  let count = 0
  let running = await start(() => count)
  const waiting = () => running.alerts.list()[0]?.waiting
  const isReported = () => running.alerts.problems()[0]?.message.includes('closes the connection') === true
  for (let hour = 0; hour < 30; hour++) {
    count += 1
    await running.until(() => waiting() === count)
    const { tries } = line
    await running.passed(60, () => count < 2 || (line.tries > tries && isReported()))
    if (hour !== 14) continue
    await running.end()
    running = await start(() => count, running.clock.now())
    // The problem must be reported before the next attempt.
    expect(isReported()).toBe(true)
  }
  expect([all.length, waiting()]).toEqual([0, 30])
  line.isCut = false
  await running.passed(60, () => waiting() === 0)
  expect(all.map((mail) => threadsIn(mail).length)).toEqual([1, 29])
  expect(new Set(all.flatMap(threadsIn)).size).toBe(30)
  expect(running.alerts.problems()).toEqual([])
  // The next digest contains only alerts that were raised after the outage.
  count += 1
  await running.until(() => waiting() === 1)
  await running.passed(60, () => all.length === 3)
  expect(threadsIn(all[2] as ReceivedMail)).toEqual(['0000001f'])
  expect(all[2]?.headers.date).toMatch(/ 12:\d\d:00 /)
  await running.end()
})

test('after five days without a mail server, log and status report the alerts as given up; a request mails them once', async () => {
  const { all, smtp } = await mailServer(directory)
  const line = await lineTo(smtp)
  configure(directory, { ...smtp, port: line.port }, {})
  line.isCut = true
  let count = 0
  const running = await start(() => count)
  const state = () => running.alerts.list()[0] ?? { waiting: 0, dead: 0 }
  for (let day = 0; day < 5; day++) {
    count += 1
    const { tries } = line
    await running.passed(24 * 60, () => line.tries >= tries + 24)
  }
  expect(state()).toMatchObject({ waiting: 4, dead: 1, failure: 'closed' })
  expect(running.logged).toContainEqual(
    expect.objectContaining({ level: 'error', fields: { recipient: 'r-0', failure: 'closed', alerts: 1 } }),
  )
  expect(running.alerts.problems()).toMatchObject([{ code: 'alerts-failing', severity: 'critical' }])
  line.isCut = false
  await running.passed(60, () => state().waiting === 0)
  expect(await running.alerts.resend('r-0')).toBe(1)
  await running.passed(0, () => state().waiting === 0)
  expect(all.flatMap(threadsIn).toSorted()).toEqual(Array.from({ length: 5 }, (_, i) => `0000000${i + 1}`))
  expect(running.alerts.problems()).toEqual([])
  await running.end()
})

test('a webhook receiver that was unreachable for 20 hours then gets every change once, in order; meanwhile status reports the failure', async () => {
  const taken: number[] = []
  let isAway = true
  const server = createServer(async (request, response) => {
    const { data } = JSON.parse(await text(request))
    if (!isAway) taken.push(Number(data.cursor))
    response.writeHead(isAway ? 503 : 204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rex`
  const webhooks = [{ name: 'cases', url, secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`] }]
  writeFileSync(join(directory, WEBHOOKS_FILE), JSON.stringify({ webhooks }), { mode: 0o600 })
  let count = 0
  let running = await start(() => count)
  const waiting = () => running.webhooks.list()[0]?.waiting
  for (let hour = 0; hour < 20; hour++) {
    count += 2
    await running.passed(60, () => waiting() === count && running.webhooks.problems().length === 1)
    if (hour !== 9) continue
    await running.end()
    running = await start(() => count, running.clock.now())
    // The problem must be reported before the next attempt.
    expect(running.webhooks.problems()).toMatchObject([{ code: 'alerts-failing' }])
  }
  expect([taken, waiting(), running.webhooks.list()[0]?.dead]).toEqual([[], 40, 0])
  isAway = false
  await running.passed(60, () => waiting() === 0)
  expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
  expect(running.webhooks.problems()).toEqual([])
  await running.end()
})

test('T-146 people whose queue was lost are told that they may have missed alerts', async () => {
  const { all, smtp } = await mailServer(directory)
  configure(directory, smtp, { atOnce: ['overdue'] })
  let running = await start(() => 1)
  await running.until(() => all.length === 1)
  await running.end()
  for (const end of ['', '-wal', '-shm']) rmSync(join(directory, `webhooks.db${end}`), { force: true })
  running = await start(() => 1)
  await running.until(() => all.length > 1)
  expect(all[1]?.body).toMatch(/no\s+longer\s+has\s+some\s+changes/)
})

test('T-146 a channel that can take no changes is a problem until it can', async () => {
  const { smtp } = await mailServer(directory)
  configure(directory, smtp, { atOnce: ['overdue'] })
  writeFileSync(
    join(directory, WEBHOOKS_FILE),
    JSON.stringify({
      webhooks: [
        {
          name: 'w',
          url: 'https://hook.example/',
          secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`],
        },
      ],
    }),
    { mode: 0o600 },
  )
  let fails = true
  const clock = virtualClock(MORNING, async () => {})
  const desk = deskWith(() => 0, undefined, {
    health: async () => ({ timeMs: clock.now() }) as never,
    async readChanges({ after = '0' } = {}) {
      if (fails) throw new RexError('STORE_FAILED', 'The desk store failed.')
      return { changes: [], cursor: after }
    },
  })
  await using channels = await startChannels({ desk, directory, clock, log: () => {} })
  const problems = () => [...channels.webhooks.problems(), ...channels.alerts.problems()]
  while (problems().length < 2) await otherWork()
  expect(problems()).toMatchObject([
    { severity: 'critical', message: expect.stringMatching(/^The webhook w: .*STORE_FAILED/) },
    { severity: 'critical', message: expect.stringMatching(/^Alerts to r-0 by mail: .*STORE_FAILED/) },
  ])
  fails = false
  while (problems().length > 0) await clock.advance({ seconds: 5 }).then(() => otherWork())
})
