// Tests of envelopes that parse but do not open. docs/spec/envelope.md, "Opening"
import { Lane } from '@rex/proto/core/v1/envelope'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from '../../../encoding/encoding.ts'
import { LIMITS } from '../../../limits.ts'
import { type SealedDelivery, seal } from '../../seal.ts'
import { contextOf, envelopeOf, message, NOW, ngo, options, police, random, stageOf, to } from '../fixture.ts'
import { bytes, regrant, routed, sealed } from './fixture.ts'

test('routing: another recipient, stored after expiry, stored before it was made', async () => {
  expect(await stageOf(bytes, contextOf(police))).toBe('routing')
  expect(await stageOf(bytes, contextOf(ngo, { storedMs: NOW + LIMITS.maxLifetime + LIMITS.skew }))).toBe(
    'routing',
  )
  expect(await stageOf(bytes, contextOf(ngo, { storedMs: NOW - LIMITS.skew - 1 }))).toBe('routing')
})

test('T-023 grant: a destroyed key is KEY_EXPIRED, decided from the kid', async () => {
  expect(await stageOf(bytes, contextOf(ngo, { decapsulator: police.decapsulator }))).toBe('KEY_EXPIRED')
})

test('grant: plaintext that is not a grant', async () => {
  const decapsulator = (plaintext: Uint8Array) => ({ open: async () => plaintext })
  expect(await stageOf(bytes, contextOf(ngo, { decapsulator: decapsulator(new Uint8Array(512)) }))).toBe(
    'grant',
  )
  expect(await stageOf(bytes, contextOf(ngo, { decapsulator: decapsulator(new Uint8Array(3)) }))).toBe(
    'grant',
  )
})

test('T-020 manifest: a content key that is not the committed one', async () => {
  const other = await seal(message([to(ngo, [0])]), options())
  const mixed = { ...sealed, sealedManifest: { ...sealed.sealedManifest, key: other.sealedManifest.key } }
  expect(await stageOf(await regrant(ngo, routed({}), { signed: mixed }), contextOf(ngo))).toBe('manifest')
})

test('T-014 binding: a recipient forwards the message to somebody for whom it was not meant', async () => {
  const stolen = await regrant(police, routed({ recipient: police.organisation }))
  expect(await stageOf(stolen, contextOf(police))).toBe('binding')
})

test('T-016 T-047 binding: a co-recipient trims or widens the grant, or changes the lane', async () => {
  expect(await stageOf(await regrant(ngo, routed({}), { sections: [0] }), contextOf(ngo))).toBe('binding')
  expect(await stageOf(await regrant(ngo, routed({}), { sections: [0, 1, 2] }), contextOf(ngo))).toBe(
    'binding',
  )
  expect(await stageOf(await regrant(ngo, routed({ lane: Lane.URGENT })), contextOf(ngo))).toBe('binding')
  expect(await stageOf(await regrant(ngo, routed({}), { salt: random(32) }), contextOf(ngo))).toBe('binding')
})

test('binding: another sender or expiry in the routing, or an envelope older than its manifest', async () => {
  expect(await stageOf(await regrant(ngo, routed({ sender: police.organisation })), contextOf(ngo))).toBe(
    'binding',
  )
  expect(await stageOf(await regrant(ngo, routed({ expiresMs: NOW + 1_000_000 })), contextOf(ngo))).toBe(
    'binding',
  )
  expect(
    await stageOf(
      await regrant(ngo, routed({ createdMs: NOW - 1, expiresMs: NOW + LIMITS.maxLifetime - 1 })),
      contextOf(ngo),
    ),
  ).toBe('binding')
})

test('T-024 section: bytes that do not match the manifest', async () => {
  const other = await seal(message([to(ngo, [0, 1])]), options())
  const swapped = new Map(sealed.sealedSections).set(1, other.sealedSections.get(1) as never)
  expect(
    await stageOf(
      await regrant(ngo, routed({}), { signed: { ...sealed, sealedSections: swapped } }),
      contextOf(ngo),
    ),
  ).toBe('section')
})

test('T-024 section: a salt that is too short', async () => {
  const section = { type: 'triage', content: utf8('age band'), salt: random(31) }
  const short = await seal(message([to(ngo, [0])], { sections: [section] }), options())
  expect(await stageOf(envelopeOf(short, short.deliveries[0] as SealedDelivery), contextOf(ngo))).toBe(
    'section',
  )
})

test('T-026 every one-byte change is refused, with one answer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, xor) => {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] as number) ^ xor
      expect(await stageOf(changed, contextOf(ngo))).toMatch(/^(parse|routing|grant|manifest|KEY_EXPIRED)$/)
    }),
    { numRuns: 150 },
  )
})
