// Tests of the sentences about an evidence bundle. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { EvidenceFindings } from '../../../core/receipt/report.ts'
import { plain } from '../../output/lines.ts'
import { evidenceLines } from './lines.ts'

const message = {
  digest: 'd'.repeat(64),
  thread: 'a'.repeat(32),
  sender: 'https://hotline.example',
  type: 'REQUEST_INFO',
  createdMs: Date.parse('2026-03-04T13:05:00Z'),
  test: true,
  sections: ['people'],
  deliveries: [
    {
      recipient: 'https://ngo.example',
      storedMs: Date.parse('2026-03-04T13:06:00Z'),
      receipts: [{ status: 'SEEN', timeMs: Date.parse('2026-03-04T13:07:00Z'), code: '' }],
    },
    {
      recipient: 'https://court.example',
      storedMs: 5,
      receipts: [{ status: 'REFUSED', timeMs: 5, code: 'UNOPENABLE' }],
    },
    { recipient: 'https://police.example', receipts: [{ status: 'REFUSED', timeMs: 5, code: 'UNOPENABLE' }] },
  ],
}

const HOTLINE = 'https://hotline.example'
const keys = [{ organisation: HOTLINE, words: ['a', 'b', 'c', 'd', 'e', 'f'] }]
const judgement = { judgedBy: 'the words that you gave', keys, compared: false }
const known = [
  { organisation: HOTLINE, name: 'Hotline', newestMs: Date.parse('2026-03-05T00:00:00Z'), compromised: [] },
]
const findings: EvidenceFindings = { messages: [message], known, refuted: [] }
const textOf = (of: EvidenceFindings, judged = judgement) =>
  evidenceLines(of, judged).map(plain).join('\n').replace(/\s+/g, ' ')

test('the report says who signed, stored and received each message and when, by whose keys, until when, and what is not proven', () => {
  const text = textOf(findings)
  expect(text).toMatch(
    /^The evidence is valid: 1 message is proven\. Judged by the words that you gave\. key of .*: a b c - d e f /,
  )
  expect(text).toMatch(/request info signed by https:\/\/hotline\.example, dated 2026-03-04 .* TEST TRAFFIC/)
  expect(text).toContain('with people')
  expect(text).toContain('stored by the gateway of https://ngo.example on 2026-03-04')
  expect(text).toContain('seen by the desk of https://ngo.example on 2026-03-04')
  expect(text).toMatch(
    /It existed on 2026-03-04 \S+ \S+ at the latest: on the word of https:\/\/ngo\.example/,
  )
  expect(text).toMatch(/court\.example on 1970-01-01 \S+ \S+ nothing proves which message that envelope held/)
  expect(text.match(/nothing proves which message/g)).toHaveLength(1)
  expect(text).toContain('no receipt of the gateway of https://police.example')
  expect(text).toContain('refused by the desk of https://police.example on 1970-01-01')
  expect(text).toContain('(UNOPENABLE)')
  expect(text).toMatch(/known here dates from 2026-03-0/)
  expect(text).toContain('Only the statements in the file were compared.')
  expect(textOf(findings, { ...judgement, compared: true })).toContain('your desk keeps were compared')
  expect(text).toContain('It does not prove')
  const alone = { ...findings, messages: [{ ...message, deliveries: [] }] }
  expect(textOf(alone)).toContain('the date is the word of https://hotline.example alone')
})

test('T-150 the report states what is refuted, by which key, since when, and who reported it when', () => {
  const key = { kid: 'kid-of-the-key', sinceMs: Date.UTC(2026, 2, 1), saidMs: Date.UTC(2026, 2, 5) }
  const refuted = [
    {
      ...key,
      path: 'messages[0].manifest',
      organisation: HOTLINE,
      what: 'message',
      type: 'ACCEPT',
      createdMs: 5,
    },
    { ...key, path: 'messages[1].deliveries[0]', organisation: HOTLINE, what: 'desk receipt' },
  ] as const
  const text = textOf({ ...findings, refuted })
  expect(text).toMatch(/^The evidence does not hold as a whole: 2 parts refuted, 1 message is proven\./)
  expect(text).toMatch(
    /The message "accept" of https:\/\/hotline\.example, dated 1970-01-01 .*, is signed with the key kid-of-t\./,
  )
  expect(text).toMatch(/said on 2026-03-0[45] .* that this key was in other hands since 2026-0[23]-/)
  expect(text).toContain('(messages[0].manifest)')
  expect(text).toContain('A thief of the key can write any date into a receipt. (messages[1].deliveries[0])')
})
