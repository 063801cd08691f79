// Tests of sealing, and of opening what was sealed. docs/spec/envelope.md
import { randomBytes } from 'node:crypto'
import { Lane, Manifest, Section } from '@rex/proto/core/v1/envelope'
import { EventType } from '@rex/proto/core/v1/thread'
import { describe, expect, test } from 'vitest'
import { decode, encode, equal, utf8 } from '../../encoding/encoding.ts'
import { LIMITS } from '../../limits.ts'
import { recipientCommitment } from '../digest.ts'
import { open } from '../open.ts'
import { resealMessage, type SealedDelivery, seal } from '../seal.ts'
import { contextOf, envelopeOf, message, NOW, ngo, options, police, random, to } from './fixture.ts'

test.each(['REX-1', 'REX-2'] as const)(
  'in suite %s: the recipient gets exactly its sections',
  async (suite) => {
    const keys = { ...ngo.keys, suites: [suite] }
    const sealed = await seal(message([{ ...to(ngo, [0, 2]), keys }]), options())
    const [delivery] = sealed.deliveries as [SealedDelivery]
    expect(delivery.suite).toBe(suite)
    const opened = await open(envelopeOf(sealed, delivery), contextOf(ngo))
    expect(
      opened.sections.map((section) => [
        section.index,
        section.type,
        Buffer.from(section.content).toString(),
      ]),
    ).toEqual([
      [0, 'triage', 'age band 10-12'],
      [2, 'incident', 'what happened'],
    ])
    expect(equal(opened.digest, sealed.digest)).toBe(true)
    expect(equal(opened.envelope.digest, delivery.digest)).toBe(true)
    expect(opened.event.content?.$case).toBe('refer')
    expect(opened.eventSection).toBeUndefined()
  },
)

test('to several recipients: one manifest, separate sections, and no recipient learns of another', async () => {
  const sealed = await seal(message([to(ngo, [0, 1]), to(police, [0, 2], Lane.URGENT)]), options())
  const [forNgo, forPolice] = sealed.deliveries as [SealedDelivery, SealedDelivery]
  const a = await open(envelopeOf(sealed, forNgo), contextOf(ngo))
  const b = await open(envelopeOf(sealed, forPolice), contextOf(police))
  expect(equal(a.digest, b.digest)).toBe(true)
  expect(a.sections.map((section) => section.type)).toEqual(['triage', 'people'])
  expect(b.sections.map((section) => section.type)).toEqual(['triage', 'incident'])
  expect(a.manifest.recipientCommitments).toHaveLength(4)
  expect(Buffer.from(encode(Manifest, a.manifest)).includes(police.organisation)).toBe(false)
})

test('an event that identifies somebody travels in a separate section', async () => {
  const event = {
    content: { $case: 'note' as const, value: { text: 'Amal called again', language: 'en' } },
  }
  const change = { type: EventType.NOTE, event, confidential: true, heads: [random(32)], sections: [] }
  const sealed = await seal(message([to(ngo, [])], change), options())
  expect(sealed.manifest.event).toBeUndefined()
  const opened = await open(envelopeOf(sealed, sealed.deliveries[0] as SealedDelivery), contextOf(ngo))
  expect(opened.event).toEqual(event)
  expect(opened.sections).toEqual([])
  expect(equal(opened.eventSection as Uint8Array, sealed.sections[0] as Uint8Array)).toBe(true)
})

test('REX-ENV-060 a resealed envelope has the same signed bytes and only new keys', async () => {
  const sealed = await seal(message([to(ngo, [1])]), options())
  const [first] = sealed.deliveries as [SealedDelivery]
  const { manifest, signed, sections } = sealed
  const how = { random, keys: { ...ngo.keys, suites: ['REX-1' as const] }, now: NOW + 5000 }
  const again = await resealMessage({ manifest, signed, sections }, first, how)
  const [delivery] = again.deliveries as [SealedDelivery]
  expect(equal(again.sealedManifest.key, sealed.sealedManifest.key)).toBe(false)
  const opened = await open(envelopeOf(again, delivery), contextOf(ngo, { storedMs: NOW + 6000 }))
  expect(equal(opened.digest, sealed.digest)).toBe(true)
  expect(equal(delivery.envelopeId, first.envelopeId)).toBe(false)
  expect(opened.envelope.routing.createdMs).toBe(NOW + 5000)
  expect(opened.sections.map(({ bytes }) => equal(bytes, sections[1] as Uint8Array))).toEqual([true])
  const late = resealMessage(sealed, first, { ...how, now: NOW + LIMITS.maxLifetime })
  await expect(late).rejects.toMatchObject({ reason: 'EXPIRED' })
  const weak = resealMessage(sealed, first, { ...how, minimumSuite: 'REX-2' })
  await expect(weak).rejects.toMatchObject({ reason: 'SUITE_UNAVAILABLE' })
})

test('a section disclosed later has the committed salt and bytes', async () => {
  const first = await seal(message([to(ngo, [0])]), options())
  const { salt, type, content } = decode(Section, first.sections[1] as Uint8Array, 'section', 10_000)
  const disclose = await seal(
    message([to(ngo, [0])], {
      heads: [first.digest],
      type: EventType.DISCLOSE,
      event: { content: { $case: 'disclose', value: { sections: [1] } } },
      sections: [{ type, content, salt }],
    }),
    options(),
  )
  expect(
    equal(disclose.manifest.sectionDigests[0] as Uint8Array, first.manifest.sectionDigests[1] as Uint8Array),
  ).toBe(true)
})

test('every envelope has more than 4 KiB, and equal buckets have equal sizes', async () => {
  const sizes = new Set<number>()
  for (const content of ['a', 'a longer text', 'x'.repeat(500)]) {
    const sealed = await seal(
      message([to(ngo, [0])], { sections: [{ type: 'triage', content: utf8(content) }] }),
      options(),
    )
    sizes.add(envelopeOf(sealed, sealed.deliveries[0] as SealedDelivery).length)
  }
  expect(sizes.size).toBe(1)
  expect([...sizes][0]).toBeGreaterThan(4096)
})

describe('sealing refuses', () => {
  test('T-019 a recipient that does not offer the demanded suite', async () => {
    const weak = { ...to(ngo, [0]), keys: { ...ngo.keys, suites: ['REX-1' as const] } }
    await expect(seal(message([weak]), { ...options(), minimumSuite: 'REX-2' })).rejects.toMatchObject({
      reason: 'SUITE_UNAVAILABLE',
    })
    const none = { ...to(ngo, [0]), keys: { ...ngo.keys, suites: [] } }
    await expect(seal(message([none]), options())).rejects.toMatchObject({ reason: 'SUITE_UNAVAILABLE' })
  })
  test('more than 64 recipients or sections', async () => {
    const many = Array.from({ length: 65 }, () => to(ngo, []))
    await expect(seal(message(many), options())).rejects.toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      path: 'recipients',
    })
    const sections = Array.from({ length: 65 }, () => ({ type: 'triage', content: new Uint8Array() }))
    await expect(seal(message([to(ngo, [])], { sections }), options())).rejects.toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      path: 'sections',
    })
    const full = message([to(ngo, [])], { sections: sections.slice(1), confidential: true })
    await expect(seal(full, options())).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED', path: 'sections' })
  })
  test('a grant for a section that does not exist', async () => {
    await expect(seal(message([to(ngo, [7])]), options())).rejects.toMatchObject({ reason: 'INTERNAL' })
  })
  test('T-022 a random source that fails or returns too few bytes, in any call, yields no output', async () => {
    let calls = 0
    const sealWith = (broken: number, bad: (length: number) => Uint8Array) => {
      calls = 0
      const source = (length: number) => (++calls === broken ? bad(length) : randomBytes(length))
      return seal(message([to(ngo, [0, 1])]), { ...options(), random: source })
    }
    const none = () => {
      throw new Error('no entropy')
    }
    await sealWith(0, none)
    expect(calls).toBeGreaterThan(10)
    for (let k = calls; k > 0; k--) {
      await expect(sealWith(k, none)).rejects.toThrow('no entropy')
      await expect(sealWith(k, (length) => randomBytes(length - 1))).rejects.toMatchObject({
        reason: 'INTERNAL',
      })
    }
  })
})

test('T-025 equal sections have unequal digests', async () => {
  const make = () => seal(message([to(ngo, [0])]), options())
  const [a, b] = await Promise.all([make(), make()])
  expect(equal(a.manifest.sectionDigests[0] as Uint8Array, b.manifest.sectionDigests[0] as Uint8Array)).toBe(
    false,
  )
})

test('a commitment opens for nobody else', () => {
  const opening = { salt: random(32), recipient: ngo.organisation, lane: Lane.ROUTINE, sections: [0] }
  expect(
    equal(recipientCommitment(opening), recipientCommitment({ ...opening, recipient: police.organisation })),
  ).toBe(false)
})
