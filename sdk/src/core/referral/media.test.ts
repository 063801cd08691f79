// Tests that validation, lint and sending report media alike (REX-REF-070). docs/spec/referral.md, "Content guard"
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { encodeSections } from '../referral-codec/section.ts'
import { REFUSED } from './guard/guard.ts'
import { lint, parseReferral, validate } from './index.ts'

const EXAMPLE = new URL('../../../../examples/referrals/content-removal-batch.json', import.meta.url)
const PNG = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08', 'latin1').toString('base64')
const extension = (section: string, text: string) => ({
  owner: 'https://ngo.example',
  version: 1,
  section,
  key: `of-${section}`,
  criticality: 'informative',
  labels: [{ text: 'K', language: 'en' }],
  value: { text: { text, language: 'en' } },
})

test('T-148 validate, lint and sending name the same place in the same words', () => {
  const extensions = [extension('triage', 'nothing'), extension('items', PNG)]
  const referral = parseReferral({ ...JSON.parse(readFileSync(EXAMPLE, 'utf8')), extensions })
  const path = 'extensions[1].value.text.text'
  expect(lint(referral)).toContainEqual(
    expect.objectContaining({ severity: 'error', path, message: REFUSED }),
  )
  expect(validate(referral)).toMatchObject({ ok: false, problems: [{ path, message: REFUSED }] })
  expect(() => encodeSections(referral)).toThrow(
    expect.objectContaining({
      reason: 'CONTENT_REFUSED',
      metadata: { path },
      message: `${path} ${REFUSED}.`,
    }),
  )
})
