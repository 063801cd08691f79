// Tests of one referral, for people and programs. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { ThreadEvent } from '../../../client/api/events.ts'
import type { ThreadView } from '../../../client/api/thread.ts'
import { plain } from '../../output/lines.ts'
import { type Shown, showJson, showLines } from './show.ts'

const NOW = Date.parse('2026-03-04T13:05:00Z')
const NGO = 'https://ngo.example'
const HOTLINE = 'https://hotline.example'
const viewer = { organisation: NGO, now: NOW }

const view: ThreadView = {
  state: 'info-requested',
  responsible: HOTLINE,
  nextStep: { who: HOTLINE, what: 'provide-info', byMs: NOW + 7_200_000, overdue: false },
  held: [],
  openQuestions: [{ request: 'aa', id: 'q1', text: 'Is it shared?', path: 'contact.channels[0]' }],
  itemOutcomes: {},
  unreceived: false,
  allowed: ['accept', 'decline'],
  delivery: [{ type: 'request-info', recipient: HOTLINE, state: 'stored', messageId: 'a1' }],
}

const event: ThreadEvent = {
  digest: 'dd',
  messageId: 'a0',
  type: 'decline',
  by: HOTLINE,
  mine: false,
  createdMs: NOW,
  content: { code: 'no-capacity', alternative: '', retryAfterMs: 0, text: 'Ask in May.' },
  crossed: true,
}

const shown: Shown = {
  thread: {
    id: '7f3a91c2'.padEnd(32, '0'),
    ref: 'N-9',
    test: true,
    role: 'recipient',
    counterparts: [HOTLINE],
  },
  masked: true,
  content: {
    referral: {
      kind: 'victim-support',
      test: true,
      lane: 'urgent',
      group: { id: '0'.repeat(32), index: 2, size: 3 },
    },
    origins: {},
    unknownSections: [],
    staged: ['people'],
  },
  tracks: [{ counterpart: HOTLINE, view }],
  events: [
    event,
    {
      ...event,
      digest: 'd1',
      messageId: 'a1',
      type: 'request-info',
      by: NGO,
      mine: true,
      content: {},
      crossed: false,
    },
  ],
}

const text = showLines(shown, viewer, { most: 20 }).map(plain).join('\n')

test('the first lines name kind, sender and rehearsal mark', () => {
  expect(text).toMatch(
    /^Victim support from https:\/\/hotline\.example URGENT, 2 of 3 of a group\nTEST TRAFFIC/,
  )
})

test('the output shows state, next step, open questions and possible verbs', () => {
  expect(text).toContain('state      info requested, responsible: https://hotline.example')
  expect(text).toMatch(
    /next {7}https:\/\/hotline\.example: answer the questions, until 2026-03-04 .* \(in 2 h\)/,
  )
  expect(text).toContain('asked      q1: Is it shared? [contact.channels[0]]')
  expect(text).toContain('possible   accept, decline')
  expect(text).toContain('Held back until the recipient accepts and you disclose it: People')
})

test('events show their content without empty fields, and are marked if they have no effect', () => {
  expect(text).toContain('https://hotline.example: decline (without effect: something else came first)')
  expect(text).toMatch(/code {2}no-capacity\n {6}text {2}Ask in May\./)
  expect(text).not.toContain('alternative')
  expect(text).toContain('you: request info\n      to https://hotline.example: stored at their gateway')
})

test('a referral that never arrived, a refused event with its reason, and late messages are shown', () => {
  const undelivered = { outcome: 'refused', reason: 'UNOPENABLE' } as const
  const lost = {
    type: 'request-info',
    recipient: HOTLINE,
    state: 'refused',
    reason: 'UNOPENABLE',
    messageId: 'a1',
  } as const
  const tracks = [{ counterpart: HOTLINE, view: { ...view, undelivered, delivery: [lost] } }]
  const late = { ...view, unreceived: true }
  const waiting = showLines({ ...shown, tracks: [{ counterpart: HOTLINE, view: late }] }, viewer, {
    most: 20,
  })
  expect(waiting.map(plain)).toContainEqual(expect.stringMatching(/late {7}urgent, and not received .* call/))
  const lines = showLines({ ...shown, tracks }, viewer, { most: 20 })
    .map(plain)
    .join('\n')
  expect(lines).toContain('arrived    never: refused (UNOPENABLE)')
  expect(lines).toContain('you: request info\n      to https://hotline.example: refused (UNOPENABLE)')
})

test('the output says that it is masked', () => {
  expect(text).toContain('--reveal')
  expect(
    showLines({ ...shown, masked: false }, viewer, { most: 20 })
      .map(plain)
      .join(),
  ).not.toContain('--reveal')
})

test('programs get the same data under stable names', () => {
  expect(showJson(shown)).toMatchObject({
    thread: { id: shown.thread.id, ref: 'N-9' },
    masked: true,
    referral: { kind: 'victim-support' },
    staged: ['people'],
    tracks: [{ counterpart: HOTLINE, view: { state: 'info-requested' } }],
    events: [{ type: 'decline' }, { type: 'request-info' }],
  })
})

test('REX-THR-078 of thousands of items, the output counts which have which outcome', () => {
  const items = Array.from({ length: 5000 }, (_, i) => ({ id: `u${i}`, url: `https://a.example/${i}` }))
  const outcomes = items
    .slice(0, 4990)
    .map(({ id }, i) => ({ item: id, code: i < 4000 ? 'removed' : 'not-found' }))
  const closed: Shown = {
    ...shown,
    content: { ...shown.content, referral: { ...shown.content.referral, items } },
    tracks: [
      {
        counterpart: HOTLINE,
        view: { ...view, itemOutcomes: Object.fromEntries(outcomes.map(({ item, ...one }) => [item, one])) },
      },
    ],
    events: [{ ...event, type: 'progress', content: { code: 'content-removed', itemOutcomes: outcomes } }],
  }
  const lines = showLines(closed, viewer, { most: 20 }).map(plain)
  expect(lines).toContain('  items      4000 removed, 990 not found')
  expect(lines).toContain('  open       10 of 5000 items have no outcome yet')
  expect(lines.filter((line) => line.includes('4000 removed, 990 not found'))).toHaveLength(2)
  expect(lines.length).toBeLessThan(100)
})
