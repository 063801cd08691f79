// T-148: texts that people and programs of the field write are not mistaken for pictures. docs/spec/referral.md, "Content guard"
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { guard, guardBytes } from './guard.ts'

/** First and last letter of twenty scripts and alphabets. */
const SCRIPTS: readonly (readonly [number, number])[] = [
  [0x61, 0x7a],
  [0xc0, 0xff],
  [0x100, 0x17f],
  [0x1ea0, 0x1ef9],
  [0x3b1, 0x3c9],
  [0x430, 0x44f],
  [0x561, 0x586],
  [0x5d0, 0x5ea],
  [0x621, 0x64a],
  [0x671, 0x6d3],
  [0x905, 0x939],
  [0x985, 0x9b9],
  [0xb85, 0xbb9],
  [0xe01, 0xe2e],
  [0x10d0, 0x10f0],
  [0x1200, 0x1240],
  [0x1780, 0x17b3],
  [0x3041, 0x3096],
  [0x4e00, 0x9fa5],
  [0xac00, 0xd7a3],
]

/** A generator of numbers below a limit, the same at each run. */
function seeded(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return Math.floor((state / 2 ** 32) * limit)
  }
}

test.each(SCRIPTS)('T-148 500 random texts of the letters %i to %i are no pictures', (first, last) => {
  const random = seeded(148 + first)
  const text = () =>
    Array.from({ length: 30 }, () => {
      const letter = () => String.fromCharCode(first + random(last - first + 1))
      const word = Array.from({ length: 1 + random(9) }, letter).join('')
      return random(9) === 0 ? `${random(2030)}/${word}` : word
    }).join(' ')
  const texts = Array.from({ length: 500 }, text)
  expect(texts.filter((one) => guard(one) !== undefined)).toEqual([])
})

test.each([16, 20, 32, 48, 64])('T-148 digests and tokens of %i bytes are no pictures', (length) => {
  const digests = Array.from({ length: 500 }, (_, i) =>
    createHash('sha512').update(`${length} ${i}`).digest().subarray(0, length),
  )
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    expect(
      digests.map((digest) => digest.toString(encoding)).filter((one) => guard(one) !== undefined),
    ).toEqual([])
  }
  expect(
    guard([...digests, createHash('md5').update('x').digest()].map((digest) => digest.toString('hex'))),
  ).toBeUndefined()
})

test('T-148 keys, tokens and addresses with long queries are no pictures', () => {
  const random = (name: string) => createHash('sha512').update(name).digest()
  const texts = Array.from({ length: 100 }, (_, i) => [
    `https://site.example/watch?v=${random(`v${i}`).toString('base64url')}&sig=${random(`s${i}`).toString('hex')}`,
    `https://id.example/sso?SAMLRequest=${encodeURIComponent(deflateRawSync(`<samlp:AuthnRequest ID="${i}"/>`.repeat(9)).toString('base64'))}`,
    `https://track.example/c/${gzipSync(`{"campaign":${i},"user":"${random(`u${i}`).toString('hex')}"}`).toString('base64url')}`,
    `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${random(`k${i}`).toString('base64').slice(0, 43)} desk@ngo.example`,
    `eyJhbGciOiJFUzI1NiJ9.${Buffer.from(`{"sub":"${i}"}`).toString('base64url')}.${random(`t${i}`).toString('base64url')}`,
    `magnet:?xt=urn:btih:${random(`m${i}`).subarray(0, 20).toString('hex')}&dn=file+${i}&tr=udp%3A%2F%2Ftracker.example`,
  ]).flat()
  expect(texts.filter((text) => guard(text) !== undefined)).toEqual([])
  expect(guard({ items: texts.map((url, i) => ({ id: `i${i}`, url })) })).toBeUndefined()
})

test('T-148 the example referrals contain no pictures', () => {
  const directory = new URL('../../../../../examples/referrals/', import.meta.url)
  const files = readdirSync(directory).filter((file) => file.endsWith('.json'))
  expect(files.length).toBeGreaterThan(3)
  for (const file of files)
    expect(guard(JSON.parse(readFileSync(new URL(file, directory), 'utf8'))), file).toBeUndefined()
})

test('T-148 long repetitive texts are no pictures', () => {
  const items = Array.from({ length: 500 }, (_, i) => ({
    id: `u${i}`,
    url: `https://s.example/${'a'.repeat(300)}`,
  }))
  expect(guard({ items })).toBeUndefined()
  expect(guard('G: 12 '.repeat(500))).toBeUndefined()
})

/** Functions that make identifiers and digests, as they occur in URLs, from 64 random bytes. */
const IDENTIFIERS: Readonly<Record<string, (random: Buffer) => string>> = {
  hexadecimal: (random) => random.subarray(0, 15).toString('hex'),
  base64url: (random) => random.subarray(0, 24).toString('base64url'),
  decimal: (random) => `${random.readBigUInt64BE()}`,
  'base64 of 144 bytes': (random) =>
    Buffer.concat([random, random.toReversed(), random.subarray(0, 16)]).toString('base64'),
}

test.each(Object.entries(IDENTIFIERS))(
  'T-148 5 000 URLs with random paths, %s, are no pictures',
  (_, write) => {
    const random = (name: string) => createHash('sha512').update(name).digest()
    const items = Array.from({ length: 5000 }, (_, i) => ({
      id: `u${i}`,
      url: `https://host${i % 50}.example/${write(random(`path ${i}`))}`,
      hashes: [{ type: 'sha256', value: random(`hash ${i}`).toString('hex').slice(64) }],
    }))
    expect(guard({ items })).toBeUndefined()
  },
)

test('T-148 tokens of equal length and beginning are no video packets', () => {
  const token = (i: number) => {
    const random = createHash('sha512').update(`${i}`).digest()
    return Buffer.concat([
      Buffer.from([0x47, 1]),
      random.subarray(0, 1),
      Buffer.of(0x10),
      random.subarray(0, 44),
    ])
  }
  const items = Array.from({ length: 500 }, (_, i) => ({ url: token(i).toString('base64url') }))
  expect(guard({ items })).toBeUndefined()
})

test.each([
  ['a pack of MPEG', '\0\0\x01\xba\x44\0\x04\0\x04\x01\0\x89\xc3\xf8'],
  ['an SVG', '<svg '],
  ['a JPEG', '\xff\xd8\xff\xe1\0\x04ab\xff\xe2\0\x20'],
  ['a bitmap of one pixel', 'P4\n1 1\n'],
  ['a stream of JPEG 2000', '\xff\x4f\xff\x51\0'],
  ['packed data of zstd', 'x\x28\xb5\x2f\xfd\x04\x58\x41\0\0'],
  ['an empty lzip file', 'xLZIP\x01'],
])('T-148 noise that begins as %s does by chance passes', (_, start) => {
  const noise = createHash('sha512').update(start).digest()
  expect(guardBytes(Buffer.concat([Buffer.from(start, 'latin1'), noise, noise]))).toBe(false)
})
