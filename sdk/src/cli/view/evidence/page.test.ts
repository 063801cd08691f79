// Tests of the printed report: an expert can check it with only the page and common tools. docs/guide/rex-desk.md, "Evidence"
import { createPublicKey, hash, verify } from 'node:crypto'
import { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import { expect, test } from 'vitest'
import { NOW } from '../../../core/envelope/tests/fixture.ts'
import { encodeEvidence, examineEvidence } from '../../../core/receipt/evidence.ts'
import { exchange } from '../../../core/receipt/fixture.ts'
import { evidencePage, type Reported } from './page.ts'

const { evidence, pins, hotline } = await exchange()
const bytes = encodeEvidence(await evidence())
const sha256 = hash('sha256', bytes)
const reported: Reported = {
  file: 'case.rexevidence',
  sha256,
  bundle: EvidenceBundle.decode(bytes),
  findings: await examineEvidence(bytes, pins),
  judgement: {
    judgedBy: 'the words that you gave',
    keys: [{ organisation: hotline.organisation, words: ['one', 'two', 'three', 'four', 'five', 'six'] }],
    compared: false,
  },
  now: NOW,
}
const html = evidencePage(reported)

/** Returns the parts of a list in the annex, by label. */
function listed(title: string): Record<string, string>[] {
  const [, list = ''] = html.split(`<h2>${title}</h2>`)
  const [only = ''] = list.split('<h2>')
  return only
    .split('<h3>')
    .slice(1)
    .map((part) =>
      Object.fromEntries(
        [...part.matchAll(/<p>(\w+) <code[^>]*>([^<]*)<\/code>/g)].map(([, label = '', value = '']) => [
          label,
          value,
        ]),
      ),
    )
}

test('the page is one file without scripts or external parts, and states what is proven, until when, and what is not', () => {
  const tags = [...html.matchAll(/<(\w+)([^>]*)>/g)]
  const names = new Set(tags.map(([, name]) => name))
  for (const name of ['script', 'link', 'img', 'iframe', 'object', 'base', 'form', 'a'])
    expect(names).not.toContain(name)
  const attributes = new Set(
    tags.flatMap(([, , rest = '']) => [...rest.matchAll(/([\w-]+)=/g)].map(([, name]) => name)),
  )
  expect(attributes).toEqual(new Set(['lang', 'charset', 'http-equiv', 'content', 'name', 'class']))
  expect(html).not.toMatch(/@import|url\(/)
  expect(html).toContain("default-src 'none'")
  for (const part of [
    sha256,
    'case.rexevidence',
    'one two three',
    'TEST TRAFFIC',
    'UTC',
    'Until when',
    'What is not proven',
  ])
    expect(html).toContain(part)
})

test('every signature in the page verifies with the data of the page and OpenSSL', () => {
  const signatures = listed('Signatures')
  expect(signatures).toHaveLength(5)
  for (const { Key = '', Input = '', Signature = '' } of signatures) {
    const spki = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(Key, 'base64url'),
    ])
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    expect(verify(null, Buffer.from(Input), key, Buffer.from(Signature, 'base64url'))).toBe(true)
  }
})

test('every digest in the page matches its bytes, the receipts contain them, and the page has no content of the case', () => {
  const digests = listed('Digests')
  expect(digests.map(({ Tag }) => Tag)).toEqual([
    'REX-1 manifest',
    'REX-1 section',
    'REX-1 envelope',
    'REX-1 commitment',
  ])
  for (const { Tag = '', Bytes, Digest } of digests)
    if (Bytes !== undefined)
      expect(hash('sha256', Buffer.concat([Buffer.from(`${Tag}\0`), Buffer.from(Bytes, 'base64url')]))).toBe(
        Digest,
      )
  const signed = listed('Signatures').map(({ Input = '' }) =>
    Buffer.from(Input.split('.')[1] ?? '', 'base64url'),
  )
  const [message, section, envelope, commitment] = digests.map(({ Digest = '' }) =>
    Buffer.from(Digest, 'hex'),
  )
  for (const [named, times] of [
    [message, 1],
    [section, 1],
    [envelope, 2],
    [commitment, 1],
  ] as const)
    expect(signed.filter((payload) => payload.includes(named as Buffer))).toHaveLength(times)
  expect(digests[1]).not.toHaveProperty('Bytes')
  expect(html).not.toContain(Buffer.from('age band 10-12').toString('base64url').slice(2, 14))
})

test('T-122 names and file names cannot become markup, nor reorder the text around them', () => {
  const hostile = '<script>alert(1)</script>\u202e"\u0027&'
  const known = reported.findings.known.map((one) => ({ ...one, name: hostile }))
  const page = evidencePage({ ...reported, file: hostile, findings: { ...reported.findings, known } })
  expect(page.includes('<script') || page.includes('\u202e')).toBe(false)
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}&quot;&#39;&amp;')
})

test('REX-RCP-028 the page states which stored receipts nothing ties to the message', () => {
  const untied = reported.findings.messages.map((one) => ({
    ...one,
    deliveries: one.deliveries.map((delivery) => ({ ...delivery, receipts: [] })),
  }))
  const said = 'nothing proves which message that envelope held'
  expect(html).not.toContain(said)
  expect(evidencePage({ ...reported, findings: { ...reported.findings, messages: untied } })).toContain(said)
})

test('T-150 the page lists the refuted parts and the compromised keys', () => {
  const key = { kid: 'kid-of-key', sinceMs: NOW, saidMs: NOW + 1000 }
  const [first, ...others] = reported.findings.known
  const known = [{ ...first, compromised: [key] } as (typeof others)[0], ...others]
  const refuted = [
    {
      ...key,
      path: 'messages[0].manifest',
      organisation: hotline.organisation,
      what: 'message',
      type: 'REFER',
      createdMs: 5,
    },
  ] as const
  const page = evidencePage({ ...reported, findings: { messages: [], known, refuted } })
  expect(page).toContain('does not hold as a whole')
  expect(page).toContain('What is refuted')
  expect(page).toContain('(messages[0].manifest)')
  expect(page).toMatch(/kid-of-key since \d{4}-\d\d-\d\d [\d:]+ UTC, said on /)
})
