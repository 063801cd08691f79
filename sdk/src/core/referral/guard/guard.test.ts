// Tests of the content guard: media is refused in every field, and ordinary content is not. docs/spec/referral.md, "Content guard"
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { processorTime } from '../../../testing/harness/processor-time.ts'
import { guard, guardBytes } from './guard.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const u16 = (...numbers: number[]) => numbers.flatMap((n) => [n & 0xff, n >> 8])

/** The first bytes of one file of every media type. */
const MEDIA: Readonly<Record<string, Buffer>> = {
  'JPEG, JFIF': latin1('\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0'),
  'JPEG, Exif': latin1('\xff\xd8\xff\xe1\x1f\xfeExif\0\0II*\0\x08\0\0\0'),
  'JPEG, tables': latin1('\xff\xd8\xff\xdb\0\x43\0\x08\x06\x06\x07\x06\x05\x08\x07\x07\x07\x09'),
  PNG: latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x20\x08\x02'),
  GIF: Buffer.concat([
    latin1('GIF89a'),
    Buffer.from([...u16(320, 200), 0xf7, 0, 0]),
    latin1('!\xff\x0bNETSCAPE'),
  ]),
  WebP: latin1('RIFF\x24\x01\0\0WEBPVP8 \x18\x01\0\0\x30\x01'),
  AVI: latin1('RIFF\x24\x01\0\0AVI LIST\xc0\0\0\0hdrlavih'),
  BMP: Buffer.concat([
    latin1('BM'),
    Buffer.from([54, 16, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0]),
    Buffer.from(u16(32, 0, 32, 0, 1, 24)),
  ]),
  'TIFF, little': latin1('II*\0\x08\0\0\0\x0c\0\0\x01\x03\0\x01\0\0\0'),
  'TIFF, big': latin1('MM\0*\0\0\0\x08\0\x0c\x01\0\0\x03\0\0\0\x01'),
  ICO: Buffer.from([0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, 0x68, 4, 0, 0, 22, 0, 0, 0]),
  MP4: latin1('\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41'),
  HEIC: latin1('\0\0\0\x18ftypheic\0\0\0\0mif1heic'),
  AVIF: latin1('\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf'),
  QuickTime: latin1('\0\0\0\x14ftypqt  \0\0\x02\0qt  \0\0\0\0'),
  'JPEG 2000': latin1('\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 '),
  'JPEG XL': latin1('\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl '),
  WebM: latin1(
    '\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87\x81\x04',
  ),
  Matroska: latin1(
    '\x1a\x45\xdf\xa3\xa3B\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x88matroska',
  ),
  FLV: latin1('FLV\x01\x05\0\0\0\x09\0\0\0\0\x12\0\x01'),
  WMV: latin1('\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c'),
  'Ogg Theora': Buffer.concat([
    latin1('OggS\0\x02'),
    Buffer.alloc(21),
    latin1('\x01\x2a\x80theora\x03\x02\x01'),
  ]),
  'MPEG program stream': latin1('\0\0\x01\xba\x44\0\x04\0\x04\x01\0\x89\xc3\xf8\0\0\x01\xbb'),
  'MPEG video': Buffer.concat([
    latin1('\0\0\x01\xb3\x14\0\xf0\x13\xff\xff\xe0\x18'),
    latin1('\0\0\x01\xb8\0\x08'),
  ]),
  'MPEG transport stream': Buffer.concat(
    [0x10, 0x11, 0x12, 0x13].map((counter) =>
      Buffer.concat([latin1('G\x40\0'), Buffer.from([counter]), Buffer.alloc(184, 0xff)]),
    ),
  ),
  PSD: latin1('8BPS\0\x01\0\0\0\0\0\0\0\x03\0\0\x02\0'),
  QOI: Buffer.concat([latin1('qoif'), Buffer.from([0, 0, 1, 0, 0, 0, 1, 0, 4, 0, 0xfe])]),
}

const kinds = Object.entries(MEDIA)
const wrapped = (base64: string, width: number) => base64.replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n')

test.each(kinds)('%s is refused as bytes and in every text encoding', (_, file) => {
  const bytes = Buffer.concat([file, Buffer.alloc(16, 7)])
  const base64 = bytes.toString('base64')
  expect(guardBytes(bytes)).toBe(true)
  expect(guardBytes(Buffer.concat([latin1('anything before'), bytes]))).toBe(true)
  const writings = [
    base64,
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('hex').replace(/../g, '\\x$&'),
    bytes.toString('hex').replace(/../g, '%$&'),
    bytes.toString('hex').replace(/../g, '$& '),
    bytes.toString('hex').replace(/../g, '0x$&, '),
    wrapped(base64, 20),
    `Please see this: ${base64}`,
    `x${base64}`,
    `xy${base64}`,
    `xyz${base64}`,
    bytes.toString('latin1'),
  ]
  for (const text of writings) expect(guard({ a: [{ text }] }), text.slice(0, 60)).toBe('a[0].text')
})

test.each([
  'data:image/png;base64,iVBORw0KGgo=',
  'DATA:Image/PNG,%89PNG',
  'data:video/mp4;base64,AAAA',
  'data:;base64,AAAA',
  'data:application/octet-stream;charset=x;base64,AAAA',
  '<img src="data:image/webp;base64,UklGR">',
  '<svg xmlns="http://www.w3.org/2000/svg">',
])('%s is refused', (text) => {
  expect(guard({ narrative: [{ text }] })).toBe('narrative[0].text')
})

test.each([
  'The metadata: image/jpeg was found; the data: see below.',
  'The file began with GIF89a and ended in BM. RIFF AVI LIST, II*, 8BPS, ftypisom.',
  'https://site.example/a.jpg?token=eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9',
  '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ0J4b0Z4ZzZ4eHh4\n-----END CERTIFICATE-----',
  'Соломія погано спить і не хоче ходити до школи. สวัสดี مرحبا',
  'a'.repeat(20_000),
  '0'.repeat(20_000),
  'AAAA'.repeat(5000),
])('ordinary text passes: %s', (text) => {
  expect(guard({ text })).toBeUndefined()
})

test('hashes, ids, keys and other random text pass', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 512 }), (bytes) => {
      const text = Buffer.from(bytes)
      const values = [text.toString('hex'), text.toString('base64'), text.toString('base64url')]
      expect(guard(values)).toBeUndefined()
    }),
    { numRuns: 200, seed: 148 },
  )
  const hashes = Array.from({ length: 10_000 }, (_, i) => createHash('sha256').update(`${i}`).digest('hex'))
  expect(guard(hashes)).toBeUndefined()
})

test('noise passes, in time linear in its size', () => {
  const noise = createHash('shake256', { outputLength: 1 << 17 })
    .update('noise')
    .digest()
  const busy = processorTime()
  expect(guardBytes(noise)).toBe(false)
  expect(guard({ a: noise.toString('base64'), b: noise.toString('hex') })).toBeUndefined()
  expect(busy()).toBeLessThan(5000)
})

test('T-058 hostile texts take linear time', () => {
  const busy = processorTime()
  for (const part of [
    'data:',
    'data:a;',
    '<svg',
    'data:;base64',
    'P6 1 ',
    'a:svg ',
    '0',
    'eJx',
    '\xff\xd8\xff',
    '\0\0\x01\xb3',
    '%ff',
  ]) {
    guard({ a: part.repeat(10_000) })
  }
  expect(busy()).toBeLessThan(5000)
})

/** Empty deflate blocks: stored (five bytes each), or in the fixed code (ten bits each). */
const emptyBlocks = (hexadecimal: string) => Buffer.alloc(200_000, hexadecimal, 'hex')
const STORED = emptyBlocks('000000ffff')
const FIXED = emptyBlocks('0208208000')
/** Makes many streams that share one content: repeats a stream header, then appends the rest of the last header, and blocks. */
const streams = (header: string, rest: string, blocks: Buffer) =>
  Buffer.concat([Buffer.alloc(60_000, header, 'latin1'), latin1(rest), blocks])

test.each([
  ['gzip with a name', streams('\x1f\x8b\x08\x08', '\0', FIXED)],
  ['gzip with a comment', streams('\x1f\x8b\x08\x10', '\0', STORED)],
  ['gzip with a name and a checksum of the header', streams('\x1f\x8b\x08\x0a', '\0cc', FIXED)],
  ['gzip with an extra field', streams('\x1f\x8b\x08\x04\0\0\0\0\0\x03\xff\xff---', '--', FIXED)],
  ['gzip with names that do not end', Buffer.alloc(260_000, '\x1f\x8b\x08\x18', 'latin1')],
  ['zlib', Buffer.alloc(260_000, '\x78\x9c\0\0\0\xff\xff', 'latin1')],
])('T-058 hostile texts take linear time: %s', (_, bytes) => {
  const busy = processorTime()
  expect(guard({ a: bytes.toString('latin1') })).toBeUndefined()
  expect(busy()).toBeLessThan(5000)
})

test('T-148 a picture is found in gzip with a name, a comment, an extra field and a checksum', () => {
  const packed = gzipSync(Buffer.concat([MEDIA.PNG as Buffer, Buffer.alloc(200)])).subarray(10)
  const fields = latin1('\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x02\0ab')
  const named = (length: number) =>
    Buffer.concat([fields, Buffer.alloc(length, 'n'), latin1('\0a comment\0cc'), packed])
  expect(guardBytes(named(1023))).toBe(true)
  expect(guardBytes(named(1024))).toBe(false)
})

test('T-052 nesting is walked without recursion', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}"data:image/png,x"${']'.repeat(100_000)}`)
  expect(guard(deep)).toMatch(/^\[0\]/)
})

test('the first path in reading order is reported', () => {
  expect(guard({ a: 'fine', b: { c: ['ok', 'data:image/png,x'] }, d: 'data:image/png,y' })).toBe('b.c[1]')
})

/** Parts of random texts: words, data, and pieces of signatures, encodings and escapes. */
const PARTS =
  `the child |is safe. |be |H-2026-17 |+48 22 555 01 42|GIF89a|P1 3 3 |0 1 |RIFF|WEBPVP8|data|:|image/png,|PNG IHDR|x^|eJx|<svg |&lt;|%47|
\\x49|+ADw-|=0A=0B=FF|\0|\x1f\x8b\x08|/9j/4AAQSkZJRgABAQ|ffd8ffe000104a464946|255, 216, 255, 224, 0, 16, |begin 644 x.jpg\nM_]C_X|é|привет`.split(
    '|',
  )

test('T-148 texts of ASCII characters, which are read more quickly, are judged like all others', () => {
  const text = fc.array(fc.constantFrom(...PARTS), { maxLength: 12 }).map((parts) => parts.join(''))
  const picture = fc.constantFrom(...kinds).map(([, file]) => file)
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
  const encoding = fc.constantFrom('base64', 'hex', 'latin1', 'base64url')
  const encoded = fc.tuple(fc.oneof(picture, noise), encoding).map(([bytes, how]) => bytes.toString(how))
  const found = new Set<boolean>()
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        encoded,
        fc.tuple(text, encoded, text).map((all) => all.join('')),
      ),
      (one) => {
        const verdict = guard({ one: `${one} That is all.` })
        // The added U+200B is invisible and not ASCII, so this text is not read in the quick way for ASCII.
        expect(guard({ one: `${one} That is all.\u200b` })).toBe(verdict)
        found.add(verdict !== undefined)
      },
    ),
    { numRuns: 2000, seed: 8 },
  )
  expect(found.size).toBe(2)
})

test('T-058 an object that contains itself is read once, and its media are found', () => {
  const circle: unknown[] = [{ text: 'x' }]
  circle.push({ circle }, circle)
  expect(guard(circle)).toBeUndefined()
  circle.push('data:image/png;base64,AAAA')
  expect(guard({ circle })).toBe('circle[3]')
})
