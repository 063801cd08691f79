// Tests of how the desk is. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { DeskHealth, ParkedItem, Peer, ThreadSummary } from '../../client/api.ts'
import { plain } from '../output/lines.ts'
import { readStatus, statusLines } from './status.ts'

const NOW = Date.parse('2026-03-04T13:05:00Z')
const NGO = 'https://ngo.example'
const viewer = { organisation: NGO, now: NOW }
const DAY = 86_400_000
const peer = { organisation: 'https://hotline.example', expiresMs: NOW + 60 * DAY } as Peer
const owed = (who: string, overdue: boolean) =>
  ({ id: '7f3a91c2ffff', nextStep: { who, what: 'decide', overdue } }) as ThreadSummary

const health: DeskHealth = {
  certificateExpiresMs: NOW + 60 * DAY,
  credential: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  keysSinceMs: NOW - 30 * DAY,
  keysWait: false,
  problems: [],
}

test('a desk with peers and nothing overdue is well', () => {
  const status = readStatus(
    { threads: [owed(NGO, false), owed('https://x.example', false)], parked: [], peers: [peer], health },
    viewer,
  )
  expect(status).toEqual({
    organisation: NGO,
    threads: 2,
    mine: 1,
    parked: 0,
    peers: 1,
    certificateExpiresMs: NOW + 60 * DAY,
    credential: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    keysWait: false,
    problems: [],
  })
  expect(statusLines(status).map(plain).join('\n')).toContain('All is well.')
})

test('each problem is one sentence: nobody paired, keys that end, what is overdue', () => {
  expect(readStatus({ threads: [], parked: [], peers: [], health }, viewer).problems).toEqual([
    expect.stringContaining('rex-desk invite'),
  ])
  expect(
    readStatus({ threads: [], parked: [], peers: [{ ...peer, expiresMs: NOW + DAY }], health }, viewer)
      .problems[0],
  ).toMatch(/hotline\.example ends on 2026/)
  expect(
    readStatus({ threads: [], parked: [], peers: [{ ...peer, expiresMs: NOW - DAY }], health }, viewer)
      .problems[0],
  ).toContain('ended on')
  expect(
    readStatus({ threads: [owed(NGO, true)], parked: [], peers: [peer], health }, viewer).problems,
  ).toEqual(['7f3a91c2 is overdue: you should decide.'])
  const unread = { ...owed(NGO, false), counterpart: 'https://x.example', unreceived: true } as ThreadSummary
  expect(readStatus({ threads: [unread], parked: [], peers: [peer], health }, viewer).problems).toEqual([
    '7f3a91c2 is urgent, and https://x.example has not received what you sent: call them.',
  ])
  const undelivered = { outcome: 'expired', reason: 'EXPIRED' } as const
  const lost = { ...owed(NGO, true), counterpart: 'https://x.example', undelivered } as ThreadSummary
  expect(readStatus({ threads: [lost], parked: [], peers: [peer], health }, viewer).problems).toEqual([
    '7f3a91c2 never arrived at https://x.example (expired): refer it elsewhere or send it again.',
  ])
  const { nextStep: _, ...settled } = lost
  expect(readStatus({ threads: [settled], parked: [], peers: [peer], health }, viewer).problems).toEqual([])
  const problem = {
    code: 'certificate',
    severity: 'warning',
    message: 'The certificate ends on 2026-03-09.',
  } as const
  const alarmed = { threads: [], parked: [], peers: [peer], health: { ...health, problems: [problem] } }
  expect(readStatus(alarmed, viewer).problems).toEqual([problem.message])
  const parked = [{}, {}] as ParkedItem[]
  expect(readStatus({ threads: [], parked, peers: [peer], health }, viewer)).toMatchObject({
    parked: 2,
    problems: ['Set aside for a person: 2 items. See `rex-desk parked`.'],
  })
})
