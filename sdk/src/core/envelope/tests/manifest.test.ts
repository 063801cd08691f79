// Tests of manifests that a sender must not make. docs/spec/envelope.md, "Manifest"
import { Manifest } from '@rex/proto/core/v1/envelope'
import { EventType } from '@rex/proto/core/v1/thread'
import { expect, test } from 'vitest'
import { compare, encode } from '../../encoding/encoding.ts'
import { LIMITS } from '../../limits.ts'
import { commitmentBucket, eventCase, parseManifest, sectionBucket } from '../manifest.ts'
import { seal } from '../seal.ts'
import { message, ngo, options, random, receipts, to } from './fixture.ts'

const { manifest } = await seal(message([to(ngo, [0])]), options())
const digests = (count: number) => Array.from({ length: count }, () => random(32)).sort(compare)
const batch = (count: number) => ({
  type: EventType.RECEIPT,
  threadId: new Uint8Array(16),
  sectionDigests: [],
  testTraffic: false,
  event: receipts(count),
})

test.each<[string, (m: Manifest) => Partial<Manifest>, string]>([
  ['a short message id', () => ({ messageId: random(15) }), 'manifest.message_id'],
  ['a short thread id', () => ({ threadId: random(8) }), 'manifest.thread_id'],
  ['no thread for a refer', () => ({ threadId: new Uint8Array(16) }), 'manifest.thread_id'],
  ['a short chain', () => ({ chain: new Uint8Array() }), 'manifest.chain'],
  ['T-055 a place that no chain reaches', () => ({ counter: LIMITS.counter + 1 }), 'manifest.counter'],
  ['a short key thumbprint', () => ({ senderKey: random(31) }), 'manifest.sender_key'],
  ['a bad sender', () => ({ sender: 'hotline' }), 'manifest.sender'],
  ['no time', () => ({ createdMs: 0 }), 'manifest.expires_ms'],
  ['no lifetime', (m) => ({ expiresMs: m.createdMs }), 'manifest.expires_ms'],
  [
    'too long a lifetime',
    (m) => ({ expiresMs: m.createdMs + LIMITS.maxLifetime + 1 }),
    'manifest.expires_ms',
  ],
  ['heads in a refer', () => ({ heads: digests(1) }), 'manifest.heads'],
  ['no heads in a note', () => ({ type: EventType.NOTE, event: undefined }), 'manifest.heads'],
  ['too many heads', () => ({ heads: digests(17) }), 'manifest.heads'],
  ['unsorted heads', () => ({ heads: digests(2).reverse() }), 'manifest.heads[1]'],
  ['a short head', () => ({ heads: [random(31)] }), 'manifest.heads[0]'],
  ['too many voids', () => ({ void: digests(65) }), 'manifest.void'],
  [
    'commitments outside the buckets',
    () => ({ recipientCommitments: digests(5) }),
    'manifest.recipient_commitments',
  ],
  [
    'T-053 too many commitments',
    () => ({ recipientCommitments: digests(65) }),
    'manifest.recipient_commitments',
  ],
  ['section digests outside the buckets', () => ({ sectionDigests: digests(3) }), 'manifest.section_digests'],
  [
    'T-024 duplicate section digests',
    () => ({ sectionDigests: Array(4).fill(random(32)) }),
    'manifest.section_digests[1]',
  ],
  ['T-053 too many section digests', () => ({ sectionDigests: digests(68) }), 'manifest.section_digests'],
  ['T-048 an unknown event type', () => ({ type: 99 as EventType, event: undefined }), 'manifest.type'],
  ['no event type', () => ({ type: EventType.UNSPECIFIED }), 'manifest.type'],
  ['an event of another type', () => ({ type: EventType.NOTE, heads: digests(1) }), 'manifest.event'],
  [
    'receipts without a batch',
    () => ({ type: EventType.RECEIPT, event: undefined, threadId: new Uint8Array(16) }),
    'manifest.event',
  ],
  ['T-049 an empty batch of receipts', () => batch(0), 'manifest.event'],
  ['T-049, T-053 a batch of too many receipts', () => batch(LIMITS.receiptsPerBatch + 1), 'manifest.event'],
])('%s', (_name, change, path) => {
  expect(() => parseManifest(encode(Manifest, { ...manifest, ...change(manifest) }))).toThrow(
    expect.objectContaining({ reason: 'MALFORMED', path }),
  )
})

test('the unchanged manifest and a full batch of receipts are accepted', () => {
  expect(parseManifest(encode(Manifest, manifest)).counter).toBe(manifest.counter)
  const full = { ...manifest, ...batch(LIMITS.receiptsPerBatch) }
  expect(parseManifest(encode(Manifest, full)).type).toBe(EventType.RECEIPT)
})

test('buckets', () => {
  expect([0, 1, 4, 5, 61].map(sectionBucket)).toEqual([0, 4, 4, 8, 64])
  expect([1, 4, 5, 16, 17, 64].map(commitmentBucket)).toEqual([4, 4, 16, 16, 64, 64])
})

test('every event type has its member', () => {
  expect(eventCase(EventType.RECEIPT)).toBe('receipts')
  expect(eventCase(EventType.ENTERED_IN_ERROR)).toBe('enteredInError')
  expect(eventCase(EventType.REFER)).toBe('refer')
})
