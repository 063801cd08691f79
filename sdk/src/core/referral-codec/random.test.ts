// Tests that random referrals are unchanged after they were read from a file, sealed as sections, opened and written to a file: three
// hundred referrals, or a thousand with `npm run test:full`. docs/spec/referral.md, "Encoding"
import { Lane } from '@rex/proto/core/v1/envelope'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../encoding/encoding.ts'
import { open } from '../envelope/open.ts'
import { type SealedDelivery, seal } from '../envelope/seal.ts'
import { contextOf, envelopeOf, message, ngo, options, to } from '../envelope/tests/fixture.ts'
import { fromSections, type Referral } from '../referral/index.ts'
import type { Node } from '../referral/schema/node.ts'
import { REFERRAL } from '../referral/schema/schema.ts'
import { SECTION_TYPES, type SectionType } from '../referral/section.ts'
import { readReferral } from '../referral/validate/read.ts'
import { makeEvent } from '../thread/fixture.ts'
import { anyReferral } from './fixture.ts'
import { decodeSection, encodeSections } from './section.ts'

const SEED = 20_261_130
const KEEP = { unknownCodes: 'keep' } as const
const fileOf = (referral: Referral) => JSON.stringify(referral, undefined, 2)

/** Seals a referral with all its sections for one recipient and returns the envelope (REX-REF-001). */
async function sealed(referral: Referral): Promise<Uint8Array> {
  const { kind, test: testTraffic, lane, group } = referral
  const sections = encodeSections(referral)
  const refer = {
    kind,
    ...(group && { group: fromHex(group.id, 'group.id'), groupIndex: group.index, groupSize: group.size }),
  }
  const recipient = to(ngo, [...sections.keys()], lane === 'urgent' ? Lane.URGENT : Lane.ROUTINE)
  const change = { event: makeEvent('refer', refer), sections, testTraffic }
  const whole = await seal(message([recipient], change), options())
  return envelopeOf(whole, whole.deliveries[0] as SealedDelivery)
}

/** Opens an envelope and returns the referral. An absent `lane` means routine. */
async function opened(bytes: Uint8Array): Promise<Referral> {
  const { manifest, event, envelope, sections } = await open(bytes, contextOf(ngo))
  if (event.content?.$case !== 'refer') throw new Error('no refer')
  const { kind, group, groupIndex: index, groupSize: size } = event.content.value
  return {
    kind,
    test: manifest.testTraffic,
    ...(envelope.routing.lane === Lane.URGENT && { lane: 'urgent' }),
    ...(group.length > 0 && { group: { id: toHex(group), index, size } }),
    ...fromSections(sections.map(({ type, content }) => decodeSection(type, content))),
  } as Referral
}

const HUNDREDS = Array.from({ length: process.env.REX_FULL === undefined ? 3 : 10 }, (_, i) => SEED + i)
const sent: Referral[] = []

test.each(HUNDREDS)(
  'REX-REF-030 a hundred random referrals of seed %i survive file, sealing and opening',
  async (seed) => {
    for (const referral of fc.sample(anyReferral, { numRuns: 100, seed })) {
      const expected = asSent(readReferral(fileOf(referral), KEEP))
      const received = await opened(await sealed(referral))
      expect(received).toEqual(expected)
      expect(readReferral(fileOf(received), KEEP)).toEqual(expected)
      sent.push(referral)
    }
  },
)

test('together they fill every field of the schema', () => {
  expect(sent).toHaveLength(100 * HUNDREDS.length)
  expect(unused(sent)).toEqual([])
})

/**
 * Returns the referral in the form in which it arrives: without `lane` if that is the default, and with extensions in the order of their
 * sections (REX-REF-020).
 */
function asSent({ lane, extensions, ...rest }: Referral): Referral {
  const order = ({ section }: { readonly section: string }) => SECTION_TYPES.indexOf(section as SectionType)
  const sorted = extensions?.toSorted((a, b) => order(a) - order(b))
  return { ...rest, ...(lane === 'urgent' && { lane }), ...(sorted && { extensions: sorted }) }
}

/** Lists fields of the schema that no referral fills, because the test proves nothing about these. */
function unused(referrals: readonly Referral[]): string[] {
  const filled = new Set<string>()
  const all = new Set<string>()
  const walk = (node: Node, values: readonly unknown[]): void => {
    if (node.kind === 'list') walk(node.of, values.flat())
    if (node.kind !== 'object') return
    for (const [name, field] of Object.entries(node.fields)) {
      const held = values.flatMap((value) => (value as Record<string, unknown>)[name] ?? [])
      all.add(`${node.name}.${name}`)
      if (held.length > 0) filled.add(`${node.name}.${name}`)
      walk(field, held)
    }
  }
  walk(REFERRAL, referrals)
  return [...all].filter((field) => !filled.has(field))
}
