// Tests of the sentences about an evidence bundle. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { EvidenceReport } from '../../core/receipt/report.ts'
import { plain } from '../output/lines.ts'
import { evidenceLines } from './evidence.ts'

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
    { recipient: 'https://police.example', receipts: [{ status: 'REFUSED', timeMs: 5, code: 'UNOPENABLE' }] },
  ],
}

test('the report says who signed, stored and received each message and when, by whose keys, and what is not proven', () => {
  const report: EvidenceReport = { messages: [message], known: [] }
  const keys = [{ organisation: 'https://hotline.example', words: ['a', 'b', 'c', 'd', 'e', 'f'] }]
  const text = evidenceLines(report, { judgedBy: 'the words that you gave', keys }).map(plain).join('\n')
  expect(text).toMatch(
    /^The evidence is valid\. 1 message, judged by the words that you gave\.\n {2}key of .*: a b c - d e f/,
  )
  expect(text).toMatch(/request info signed by https:\/\/hotline\.example, dated 2026-03-04 .* TEST TRAFFIC/)
  expect(text).toContain('with people')
  expect(text).toContain('stored by the gateway of https://ngo.example on 2026-03-04')
  expect(text).toContain('seen by the desk of https://ngo.example on 2026-03-04')
  expect(text).toContain('no receipt of the gateway of https://police.example')
  expect(text).toContain('refused by the desk of https://police.example on 1970-01-01')
  expect(text).toContain('(UNOPENABLE)')
  expect(text).toContain('It does not prove')
})
