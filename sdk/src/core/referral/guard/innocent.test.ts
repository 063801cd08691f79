// T-148: texts that people and programs of the field write are not mistaken for pictures. docs/spec/referral.md, "Content guard"
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { guard } from './guard.ts'

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

test('T-148 the example referrals hold no pictures', () => {
  const directory = new URL('../../../../../examples/referrals/', import.meta.url)
  const files = readdirSync(directory).filter((file) => file.endsWith('.json'))
  expect(files.length).toBeGreaterThan(3)
  for (const file of files)
    expect(guard(JSON.parse(readFileSync(new URL(file, directory), 'utf8'))), file).toBeUndefined()
})

test('T-148 long texts that repeat themselves are no pictures', () => {
  const items = Array.from({ length: 500 }, (_, i) => ({
    id: `u${i}`,
    url: `https://s.example/${'a'.repeat(300)}`,
  }))
  expect(guard({ items })).toBeUndefined()
  expect(guard('G: 12 '.repeat(500))).toBeUndefined()
})
