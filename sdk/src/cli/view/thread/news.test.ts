// Tests of news, and of items in the form for programs. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { Desk } from '../../../client/api/desk.ts'
import type { Item } from '../../../client/api/items.ts'
import type { Thread } from '../../../client/api/thread.ts'
import { itemJson } from '../../../service/item-json.ts'
import { plain } from '../../output/lines.ts'
import { type News, newsJson, newsLines, readNews } from './news.ts'

const HOTLINE = 'https://hotline.example'
const viewer = { organisation: 'https://ngo.example', now: Date.parse('2026-03-04T13:05:00Z') }
const thread = {
  id: '7f3a91c2'.padEnd(32, '0'),
  ref: 'N-9',
  role: 'recipient',
  test: true,
  counterparts: [HOTLINE],
} as const
const event = { digest: 'dd', messageId: 'aa', by: HOTLINE, mine: false, createdMs: 5, crossed: false }

const news = (what: object) => ({ thread, urgent: true, ...what }) as unknown as News
const text = (what: object) => newsLines(news(what), viewer).map(plain).join('\n')

test('news of a referral names its kind, sender, urgency and rehearsal mark, and how to read it', () => {
  const refer = { ...event, type: 'refer', content: { kind: 'victim-support' } }
  expect(text({ kind: 'event', event: refer })).toMatch(
    /7f3a91c2, your ref\. N-9 {2}new referral: Victim support from https:\/\/hotline\.example URGENT TEST TRAFFIC\n.*rex-desk show 7f3a91c2/,
  )
})

test('news of an event, own ones too, names actor, act and reason', () => {
  expect(
    text({ kind: 'event', event: { ...event, type: 'decline', content: { code: 'no-capacity' } } }),
  ).toContain('https://hotline.example: decline, no capacity')
  const own = { ...event, by: viewer.organisation, mine: true, type: 'accept', content: {}, crossed: true }
  expect(text({ kind: 'event', event: own })).toContain('you: accept (without effect')
})

test('the outcome of an own message is shown in words', () => {
  const delivery = {
    kind: 'delivery',
    type: 'refer',
    recipient: HOTLINE,
    state: 'expired',
    messageId: 'ab12',
  }
  expect(text(delivery)).toContain('refer to https://hotline.example: not delivered in time, message ab12')
  expect(newsJson(news(delivery))).toEqual({ ...delivery, thread })
  const refused = { ...delivery, type: 'accept', state: 'refused', reason: 'UNOPENABLE' }
  expect(text(refused)).toContain('accept to https://hotline.example: refused (UNOPENABLE)')
})

test('an alarm of the clock names the step and who owes it, once', async () => {
  const step = { who: HOTLINE, what: 'decide', byMs: viewer.now - 60_000, overdue: true }
  const summary = { ...thread, counterpart: HOTLINE, urgent: true, unreceived: true, nextStep: step }
  const open = { changes: async () => ({ cursor: 1, events: [] }), view: async () => ({ delivery: [] }) }
  const desk = {
    threads: async () => [summary],
    thread: async () => ({ ...thread, ...open, with: () => open }),
  } as unknown as Desk
  const memory = new Map()
  const news = await readNews(desk, memory, { recent: 5 })
  expect(news.flatMap((one) => newsLines(one, viewer)).map(plain)).toEqual([
    expect.stringContaining('urgent, and https://hotline.example has not received it: call them'),
    expect.stringMatching(/https:\/\/hotline\.example: decide .*overdue/),
  ])
  expect(newsJson(news[1] as News)).toEqual({
    kind: 'alarm',
    thread,
    alarm: 'overdue',
    counterpart: HOTLINE,
    step,
  })
  expect(await readNews(desk, memory, { recent: 5 })).toEqual([])
})

const ITEMS: object[] = [
  { kind: 'referral', referral: { kind: 'victim-support' } },
  { kind: 'event', event: { ...event, type: 'accept', content: {} } },
  {
    kind: 'failure',
    outcome: 'refused',
    type: 'accept',
    messageId: 'ab12',
    recipient: HOTLINE,
    reason: 'UNOPENABLE',
    hint: 'Call them.',
  },
  {
    kind: 'alarm',
    alarm: 'delayed',
    type: 'refer',
    messageId: 'ab12',
    recipient: HOTLINE,
    message: 'It is late.',
  },
  {
    kind: 'alarm',
    alarm: 'overdue',
    counterpart: HOTLINE,
    step: { who: HOTLINE, what: 'decide', byMs: 5 },
    message: 'It is overdue.',
  },
]

test.each(ITEMS)('programs get %o under stable names', (what) => {
  const item = { id: 'aa', redelivered: 0, ref: 'N-9', thread: thread as unknown as Thread, ...what } as Item
  expect(itemJson(item)).toEqual({ id: 'aa', redelivered: 0, thread, ...what })
})
