// Tests of envelopes that do not parse. docs/spec/envelope.md, "Opening"
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { Envelope, Jwe, Lane, Routing } from '@rex/proto/core/v1/envelope'
import { expect, test } from 'vitest'
import { processorTime } from '../../../../testing/harness/processor-time.ts'
import { encode } from '../../../encoding/encoding.ts'
import { RexError } from '../../../error.ts'
import { LIMITS } from '../../../limits.ts'
import { parseEnvelope } from '../../parse.ts'
import { contextOf, NOW, ngo, police, stageOf } from '../fixture.ts'
import { bytes, rebuilt, routed } from './fixture.ts'

test('parse: truncated, trailing, missing parts, too many sections, too large', async () => {
  expect(await stageOf(bytes.subarray(0, -1), contextOf(ngo))).toBe('parse')
  expect(await stageOf(Buffer.concat([bytes, Buffer.of(0)]), contextOf(ngo))).toBe('parse')
  for (const part of ['grant', 'manifest'] as const) {
    expect(
      await stageOf(
        rebuilt((envelope) => delete envelope[part]),
        contextOf(ngo),
      ),
    ).toBe('parse')
  }
  const section = Envelope.decode(bytes).sections[0] as never
  expect(() =>
    parseEnvelope(rebuilt((envelope) => envelope.sections.push(...Array(65).fill(section)))),
  ).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED', path: 'envelope.sections' }))
  expect(() => parseEnvelope(new Uint8Array(LIMITS.envelope + 1))).toThrow(
    expect.objectContaining({ reason: 'LIMIT_EXCEEDED', path: 'envelope' }),
  )
})

test('T-053 parse: half a million empty sections are refused by their count, at almost no cost', () => {
  const count = Math.floor((LIMITS.envelope - bytes.length) / 2)
  const padded = Buffer.concat([bytes, Buffer.alloc(count * 2, Buffer.of(0x22, 0))])
  const { heapUsed } = process.memoryUsage()
  const busy = processorTime()
  expect(() => parseEnvelope(padded)).toThrow(
    expect.objectContaining({ reason: 'LIMIT_EXCEEDED', path: 'envelope' }),
  )
  expect(busy()).toBeLessThan(50)
  expect(process.memoryUsage().heapUsed - heapUsed).toBeLessThan(4 * 1024 * 1024)
})

test('parse: the maximum number of sections is parsed', () => {
  const section = Envelope.decode(bytes).sections[0] as Jwe
  const full = rebuilt((envelope) => {
    envelope.sections = Array(LIMITS.sections).fill(section)
  })
  expect(() => parseEnvelope(full)).toThrow(expect.objectContaining({ path: 'grant.ctx' }))
})

test('parse: routing of another version, length, identifier, lane or time', async () => {
  const refusal = (change: Parameters<typeof routed>[0]) => {
    try {
      parseEnvelope(
        rebuilt((envelope) => Object.assign(envelope, { routing: encode(Routing, routed(change)) })),
      )
      return 'accepted'
    } catch (error) {
      return RexError.from(error).reason
    }
  }
  expect(refusal({ version: 2 })).toBe('UNSUPPORTED_VERSION')
  expect(refusal({ envelopeId: new Uint8Array(15) })).toBe('MALFORMED')
  expect(refusal({ sender: 'HTTPS://hotline.example' })).toBe('MALFORMED')
  expect(refusal({ recipient: 'https://ngo.example/' })).toBe('MALFORMED')
  expect(refusal({ lane: Lane.UNSPECIFIED })).toBe('MALFORMED')
  expect(refusal({ createdMs: 0 })).toBe('MALFORMED')
  expect(refusal({ expiresMs: NOW - 1 })).toBe('MALFORMED')
  expect(refusal({ expiresMs: NOW + LIMITS.maxLifetime + 1 })).toBe('MALFORMED')
})

test('parse: a part that does not belong to the grant (ctx)', async () => {
  expect(
    await stageOf(
      rebuilt((envelope) => envelope.sections.reverse()),
      contextOf(ngo),
    ),
  ).toBe('parse')
  expect(
    await stageOf(
      rebuilt((envelope) => envelope.sections.pop()),
      contextOf(ngo),
    ),
  ).toBe('parse')
  const readdressed = rebuilt((envelope) =>
    Object.assign(envelope, { routing: encode(Routing, routed({ recipient: police.organisation })) }),
  )
  expect(await stageOf(readdressed, contextOf(police))).toBe('parse')
})

test.each(['grant', 'section'] as const)('T-017 parse: an unknown field in the %s', (part) => {
  const { routing, grant, manifest, sections } = Envelope.decode(bytes)
  const field = (number: number, value: Uint8Array) => {
    const head = new BinaryWriter().uint32((number << 3) | 2).bytes(value)
    return head.finish()
  }
  const jwe = (value: Jwe | undefined, strange: boolean) =>
    Buffer.concat([Jwe.encode(value as Jwe).finish(), ...(strange ? [field(15, Buffer.from('x'))] : [])])
  const built = Buffer.concat([
    field(1, routing),
    field(2, jwe(grant, part === 'grant')),
    field(3, jwe(manifest, false)),
    ...sections.map((section, i) => field(4, jwe(section, part === 'section' && i === 0))),
  ])
  expect(() => parseEnvelope(built)).toThrow(expect.objectContaining({ reason: 'NOT_CANONICAL' }))
})
