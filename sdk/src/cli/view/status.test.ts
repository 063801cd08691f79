// Tests of the status of the desk. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { DeskHealth, Peer, ThreadSummary } from '../../client/api/desk.ts'
import type { ParkedItem } from '../../client/api/items.ts'
import { plain } from '../output/lines.ts'
import { readStatus, statusLines } from './status.ts'

const NOW = Date.parse('2026-03-04T13:05:00Z')
const NGO = 'https://ngo.example'
const DAY = 86_400_000
const health: DeskHealth = {
  timeMs: NOW,
  certificateExpiresMs: NOW + 60 * DAY,
  credential: '0123456789abcdef0123',
  gateway: 'gateway.ngo.example:7443',
  keysSinceMs: NOW - 30 * DAY,
  keysWait: false,
  referrals: 3,
  problems: [],
}
const state = {
  organisation: NGO,
  mine: [{}, {}] as ThreadSummary[],
  parked: [{}] as ParkedItem[],
  peers: [{}] as Peer[],
  health,
}

test('a desk without problems is well, and status counts its threads', () => {
  const status = readStatus(state)
  expect(status).toMatchObject({ organisation: NGO, threads: 3, mine: 2, parked: 1, peers: 1, problems: [] })
  const text = statusLines(status).map(plain).join('\n')
  expect(text).toContain('3, of which 2 wait for you')
  expect(text).toContain('gateway.ngo.example:7443')
  expect(text).toContain('All is well.')
})

test('T-154 status shows each problem of the desk on a line with its severity', () => {
  const problems = [
    { code: 'not-arrived', severity: 'critical', message: 'It waits.' },
    { code: 'overdue', severity: 'warning', message: 'It is late.' },
  ] as const
  const status = readStatus({ ...state, health: { ...health, problems } })
  expect(status.problems).toEqual(problems)
  const text = statusLines(status).map(plain).join('\n')
  expect(text).toContain('!! It waits.\n ! It is late.')
  expect(text).not.toContain('All is well.')
})
