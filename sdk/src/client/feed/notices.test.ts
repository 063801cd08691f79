import { expect, test } from 'vitest'
import { observed } from '../store/observed.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import { createNotices } from './notices.ts'

const DAY = 86_400_000
const NGO = 'https://ngo.example'
const overBudget = (sent: boolean) => ({
  organisation: NGO,
  subject: { $case: 'urgentOverBudget' as const, value: { sent } },
})

test('T-130 a notice of the gateway remains a problem for a day after it last arrived, even after the desk is reopened', async () => {
  await using store = observed(openSqliteDeskStore(':memory:', { durable: false }))
  let nowMs = 0
  let changes = 0
  store.on('notices', () => changes++)
  const open = () => createNotices({ store, now: () => nowMs })
  await open().take(overBudget(false))
  nowMs = DAY / 2
  await open().take(overBudget(false))
  await open().take(overBudget(true))
  nowMs = DAY + DAY / 2 - 1
  expect(
    open()
      .problems()
      .map(({ code }) => code),
  ).toEqual(['urgent-over-budget', 'urgent-over-budget'])
  expect(
    open()
      .problems()
      .every(({ message }) => message.includes(NGO)),
  ).toBe(true)
  nowMs += 1
  expect([open().problems(), changes]).toEqual([[], 3])
})

test('T-136 a takeover is shown for a day with both credentials; other text in their place is not shown', async () => {
  await using store = openSqliteDeskStore(':memory:', { durable: false })
  let nowMs = Date.UTC(2026, 10, 1, 9, 30)
  const notices = createNotices({ store, now: () => nowMs })
  const taken = (credential: string) =>
    notices.take({
      organisation: '',
      subject: { $case: 'leaseTaken', value: { credential, from: '60303ae22b998861', takenMs: nowMs } },
    })
  const texts = () => notices.problems().map(({ code, message }) => `${code} ${message}`)
  await taken('9f86d081884c7d65')
  expect(texts()).toEqual([
    expect.stringMatching(
      /^mailbox-taken The desk with credential 9f86d081884c7d65 took the mailbox from the one with 60303ae22b998861 at 2026-11-01 09:30 UTC\./,
    ),
  ])
  await taken('call +49 900 now')
  expect(texts().join()).not.toContain('900')
  nowMs += DAY
  expect(texts()).toEqual([])
})

test('an unknown kind of notice raises no problem', async () => {
  await using store = observed(openSqliteDeskStore(':memory:', { durable: false }))
  store.on('notices', () => expect.unreachable())
  const notices = createNotices({ store, now: () => 0 })
  await notices.take({ organisation: NGO, subject: undefined })
  expect(notices.problems()).toEqual([])
})
