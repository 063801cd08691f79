// Tests of the size check before a message is sealed. docs/spec/envelope.md, "Sealing"
import { expect, test } from 'vitest'
import { LIMITS } from '../../limits.ts'
import { open } from '../open.ts'
import { type SealedDelivery, seal } from '../seal.ts'
import { envelopeSize } from '../size.ts'
import { contextOf, envelopeOf, message, ngo, options, police, to } from './fixture.ts'

/** Maximum size of a section's content, in bytes: the largest padded size below 2 MiB, less the overhead of the section. */
const MOST = 2 * 1024 * 1024 - 64 * 1024 - 100

const content = (...sizes: number[]) => ({
  sections: sizes.map((size, i) => ({ type: `type-${i}`, content: Buffer.alloc(size, `${i}`) })),
})

test.each(['REX-1', 'REX-2'] as const)(
  'REX-ENV-071 in suite %s the largest content fits into an envelope',
  async (suite) => {
    const recipient = { ...to(ngo, [0]), keys: { ...ngo.keys, suites: [suite] } }
    const sealed = await seal(message([recipient], content(MOST)), options())
    const bytes = envelopeOf(sealed, sealed.deliveries[0] as SealedDelivery)
    expect(bytes.length).toBeLessThanOrEqual(LIMITS.envelope)
    expect(Math.abs(bytes.length - envelopeSize([MOST]))).toBeLessThan(2048)
    const { sections } = await open(bytes, contextOf(ngo))
    expect(sections[0]?.content.length).toBe(MOST)
  },
)

test.each<[string, number[], number[][], string]>([
  ['one section', [100, MOST + 1], [[0, 1]], 'type-1'],
  ['two sections together', [MOST / 2, MOST / 2 + 1, 40_000], [[0, 1, 2]], 'type-1'],
  ['a section that nobody gets yet', [100, MOST + 1], [[0]], 'type-1'],
  ['different sections of two recipients', [MOST, MOST - 1], [[0], [1]], 'type-0'],
])(
  'REX-ENV-071 %s beyond the limit are refused before anything is sealed',
  async (_, sizes, granted, path) => {
    const recipients = granted.map((sections, i) => to(i === 0 ? ngo : police, sections))
    let drawn = 0
    const random = (length: number) => {
      drawn += length
      return Buffer.alloc(length, drawn)
    }
    await expect(
      seal(message(recipients, content(...sizes)), { ...options(), random }),
    ).rejects.toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      path,
      hint: expect.stringContaining('rex-desk split'),
    })
    expect(drawn).toBe(32 * recipients.length)
  },
)
