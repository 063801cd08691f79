// Tests of the list of threads. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { ThreadSummary } from '../../../client/api/desk.ts'
import { plain } from '../../output/lines.ts'
import { inboxLines, nothingMineLines, pressingFirst } from './inbox.ts'

const NOW = Date.parse('2026-03-04T13:05:00Z')
const NGO = 'https://ngo.example'
const viewer = { organisation: NGO, now: NOW }

function thread(id: string, changes: Partial<ThreadSummary> = {}): ThreadSummary {
  return {
    id: id.padEnd(32, '0'),
    test: true,
    role: 'recipient',
    counterpart: 'https://hotline.example',
    kind: 'victim-support',
    state: 'requested',
    responsible: NGO,
    urgent: false,
    updatedMs: NOW - 3_600_000,
    cursor: `0-${id}`,
    unreceived: false,
    nextStep: { who: NGO, what: 'decide', overdue: false },
    ...changes,
  }
}

test('threads that wait for me come first, sorted by overdue, urgent, soonest due, last changed', () => {
  const theirs = thread('aa', {
    urgent: true,
    nextStep: { who: 'https://hotline.example', what: 'disclose', overdue: true },
  })
  const later = thread('bb', {
    nextStep: { who: NGO, what: 'decide', overdue: false, byMs: NOW + 9_000_000 },
  })
  const sooner = thread('cc', {
    nextStep: { who: NGO, what: 'decide', overdue: false, byMs: NOW + 5_000_000 },
  })
  const urgent = thread('dd', { urgent: true })
  const overdue = thread('ee', { nextStep: { who: NGO, what: 'decide', overdue: true, byMs: NOW - 1 } })
  const old = thread('ff', { updatedMs: 0 })
  const ids = pressingFirst([old, theirs, later, sooner, urgent, overdue], viewer).map(({ id }) =>
    id.slice(0, 2),
  )
  expect(ids).toEqual(['ee', 'dd', 'cc', 'bb', 'ff', 'aa'])
})

test('each thread names the next step, who owes it and until when', () => {
  const due = thread('7f3a91c2', {
    urgent: true,
    ref: 'N-9',
    nextStep: { who: NGO, what: 'decide', overdue: true, byMs: NOW - 7_200_000 },
  })
  const text = inboxLines([due], viewer).map(plain).join('\n')
  expect(text).toMatch(
    /^Waiting for you \(1\)\n {2}7f3a91c2 {2}URGENT {2}TEST {2}victim support {2}requested {2}from https:\/\/hotline\.example, your ref\. N-9/,
  )
  expect(text).toContain('your move: decide (accept, decline, waitlist or ask), until 2026-03-04')
  expect(text).toContain('(2 h ago), overdue')
})

test('a referral that never arrived stands out, with advice', () => {
  const lost = thread('aa', {
    role: 'referrer',
    undelivered: { outcome: 'expired', reason: 'EXPIRED' },
    nextStep: { who: NGO, what: 'refer-again', overdue: true },
  })
  const text = inboxLines([lost], viewer).map(plain).join('\n')
  expect(text).toContain('UNDELIVERED')
  expect(text).toContain('your move: it never arrived; refer it elsewhere or send it again')
})

test('urgent and not received stands out', () => {
  const text = inboxLines([thread('aa', { urgent: true, unreceived: true })], viewer)
    .map(plain)
    .join('\n')
  expect(text).toContain('URGENT  NOT RECEIVED')
})

test('an empty list says how to begin, a list without tasks says that nothing waits', () => {
  expect(inboxLines([], viewer).map(plain).join()).toContain('rex-desk send')
  const { nextStep: _, ...done } = thread('aa', { state: 'completed' })
  const text = inboxLines([done], viewer).map(plain).join('\n')
  expect(text).toContain('Nothing waits for you.')
  expect(text).toContain('nothing: this is finished')
})

test('if no thread waits for you, the other threads are mentioned instead of an empty list', () => {
  const text = (...threads: ThreadSummary[]) => nothingMineLines(threads).map(plain).join('\n')
  expect(text()).toContain('There is nothing here yet')
  const others = text(thread('aa'))
  expect(others).toMatch(/^Nothing waits for you\.\nrex-desk inbox lists/)
  expect(text(thread('aa', { urgent: true }))).toMatch(/^No step is yours now\. Look at what is urgent/)
})

test('T-122 names of peers do not act on the terminal', () => {
  expect(
    inboxLines([thread('aa', { counterpart: 'https://x\u001b[2J' })], viewer)
      .map(plain)
      .join(''),
  ).toContain('\\u{1b}[2J')
})

test('T-154 "Nothing waits for you" is never above an urgent, undelivered, unreceived or overdue line', () => {
  const step = { who: 'https://hotline.example', what: 'decide', overdue: false }
  const calm = thread('aa', { role: 'referrer', nextStep: step })
  const text = (...threads: ThreadSummary[]) => inboxLines(threads, viewer).map(plain).join('\n')
  expect(text(calm)).toMatch(/^Nothing waits for you\.\n/)
  for (const change of [
    { urgent: true },
    { urgent: true, nextStep: { who: NGO, what: 'await-arrival', overdue: false } },
    { undelivered: { outcome: 'expired', reason: 'EXPIRED' } as const },
    { unreceived: true },
    { nextStep: { ...step, overdue: true } },
  ]) {
    const lines = text(calm, { ...calm, ...change })
    expect(lines).not.toContain('Nothing waits')
    expect(lines).toMatch(/^No step is yours now\. Look at what is urgent or late:\n/)
  }
})
