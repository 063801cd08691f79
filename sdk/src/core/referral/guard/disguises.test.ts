// T-148: pictures of real encoders in every disguise are found, and texts of many languages are not mistaken for pictures. docs/spec/referral.md
// corpus.json supplements the pictures that fixture.ts encodes. It contains test patterns of 8 × 8 to 64 × 48 pixels, encoded by ImageMagick,
// libjxl, OpenJPEG, libheif and ffmpeg, in base64. Most long files are cut off.
import { readFileSync } from 'node:fs'
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { encodedPictures, encodedVideos } from './fixture.ts'
import { guard } from './guard.ts'

const CORPUS = JSON.parse(readFileSync(new URL('corpus.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>
const files = [
  ...(await encodedPictures()),
  ...encodedVideos(),
  ...Object.entries(CORPUS).map(([name, text]) => [name, Buffer.from(text, 'base64')] as const),
]

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const DIGITS = '0123456789'
const ASCII85 = String.fromCharCode(...Array.from({ length: 85 }, (_, i) => 33 + i))
const Z85 = `${DIGITS}${LETTERS.toLowerCase()}${LETTERS}.-:+=^!/*?&<>()[]{}@%$#`

function inBits(bytes: Buffer, alphabet: string, bits: number): string {
  const all = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = all.match(new RegExp(`.{1,${bits}}`, 'g')) as string[]
  return groups.map((group) => alphabet[Number.parseInt(group.padEnd(bits, '0'), 2)]).join('')
}

function inBase85(bytes: Buffer, alphabet: string): string {
  let text = ''
  const filled = Buffer.concat([bytes, Buffer.alloc(3)])
  for (let at = 0; at < bytes.length; at += 4) {
    const value = filled.readUInt32BE(at)
    for (let power = 4; power >= 0; power--) text += alphabet[Math.floor(value / 85 ** power) % 85]
  }
  return text
}

function zip(bytes: Buffer): Buffer {
  const [content, header] = [deflateRawSync(bytes), Buffer.alloc(30)]
  header.write('PK\x03\x04', 'latin1')
  header.writeUInt16LE(20, 4)
  header.writeUInt16LE(8, 8)
  header.writeUInt32LE(content.length, 18)
  header.writeUInt32LE(bytes.length, 22)
  header.writeUInt16LE(5, 26)
  return Buffer.concat([header, Buffer.from('a.bin'), content])
}

const each = (bytes: Buffer, write: (byte: number) => string, between = '') =>
  [...bytes].map(write).join(between)
const parts = (text: string, length: number) => text.match(new RegExp(`.{1,${length}}`, 'gs')) as string[]
const even = (bytes: Buffer) => (bytes.length % 2 ? Buffer.concat([bytes, Buffer.from([0])]) : bytes)
const plain = (byte: number) => /[0-9A-Za-z]/.test(String.fromCharCode(byte))
const octal = (byte: number) => byte.toString(8).padStart(3, '0')
const inUtf7 = (text: string) =>
  text.replace(/[^A-Za-z0-9'(),./:? -]+/g, (run) => {
    const digits = Buffer.from(run, 'utf16le').swap16().toString('base64')
    return `+${digits.replace(/=+$/, '')}-`
  })
/**
 * HTML names of those characters from U+00C0 to U+00FF that occur in signatures of this test's pictures, by character code
 * minus 0xc0.
 */
const NAMES: Readonly<Record<number, string>> = {
  24: '&Oslash;',
  27: '&Ucirc;',
  32: '&agrave;',
  63: '&yuml;',
}
const hex = (byte: number) => byte.toString(16).padStart(2, '0')

const DISGUISES: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  bytes: (bytes) => new Uint8Array(bytes),
  'a text of the bytes': (bytes) => bytes.toString('latin1'),
  'UTF-16': (bytes) => even(bytes).toString('utf16le'),
  'UTF-16, big-endian': (bytes) => Buffer.from(even(bytes)).swap16().toString('utf16le'),
  base64: (bytes) => `The picture: ${bytes.toString('base64')}`,
  'base64 behind words': (bytes) => `Case H-2026-17, age 9: ${bytes.toString('base64url')} thank you`,
  'base64 in a program': (bytes) =>
    parts(bytes.toString('base64'), 30)
      .map((part) => `"${part}"`)
      .join(' +\n'),
  'base64 in quoted mail': (bytes) =>
    parts(bytes.toString('base64'), 60)
      .map((line) => `> ${line}`)
      .join('\n'),
  'base64 in lines': (bytes) => parts(bytes.toString('base64'), 76).join('\r\n'),
  'base64 in short groups': (bytes) => parts(bytes.toString('base64'), 4).join(' '),
  'base64, a character in each line': (bytes) => parts(bytes.toString('base64'), 1).join('\n'),
  'base64 with spaces of markup': (bytes) => parts(bytes.toString('base64'), 20).join('&nbsp;'),
  'base64 in characters of full width': (bytes) =>
    bytes.toString('base64').replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  'base64 of UTF-32': (bytes) =>
    Buffer.from(new Uint32Array(Buffer.from(bytes.toString('base64'))).buffer).toString('base64'),
  'base64 of the bytes as UTF-16': (bytes) =>
    Buffer.from(bytes.toString('latin1'), 'utf16le').toString('base64'),
  'base64 of the bytes as UTF-16, big-endian': (bytes) =>
    Buffer.from(bytes.toString('latin1'), 'utf16le').swap16().toString('base64'),
  'UTF-7 of base64': (bytes) => inUtf7(bytes.toString('base64')),
  'UTF-7': (bytes) => inUtf7(bytes.toString('latin1')),
  'base32 in short groups': (bytes) => parts(inBits(bytes, `${LETTERS}234567`, 5), 4).join(' '),
  'base32 with dashes': (bytes) => parts(inBits(bytes, `${LETTERS}234567`, 5), 4).join('-'),
  'base64 twice': (bytes) => Buffer.from(bytes.toString('base64')).toString('base64'),
  'base64 of UTF-16': (bytes) => Buffer.from(bytes.toString('base64'), 'utf16le').toString('base64'),
  base32: (bytes) => `see ${inBits(bytes, `${LETTERS}234567`, 5).toLowerCase()}`,
  base32hex: (bytes) => inBits(bytes, DIGITS + LETTERS.slice(0, 22), 5),
  'base32 in lines of mixed case': (bytes) =>
    parts(inBits(bytes, `${LETTERS}234567`, 5), 64)
      .map((line, i) => (i % 2 ? line.toLowerCase() : line))
      .join('\n'),
  'base64 of hexadecimal': (bytes) => Buffer.from(bytes.toString('hex')).toString('base64'),
  'Ascii85 of gzip': (bytes) => inBase85(gzipSync(bytes), ASCII85),
  'hexadecimal of base32': (bytes) =>
    Buffer.from(inBits(bytes, `${LETTERS}234567`, 5))
      .toString('hex')
      .toUpperCase(),
  'a dump': (bytes) =>
    parts(bytes.toString('hex'), 32)
      .map((row, i) => `${hex(i >> 4)}${hex(i & 15)}0: ${parts(row, 4).join(' ')}  ........`)
      .join('\n'),
  'a dump of swapped words': (bytes) =>
    parts(
      Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)])
        .swap16()
        .toString('hex'),
      32,
    )
      .map((row, i) => `${(i * 16).toString(8).padStart(7, '0')} ${parts(row, 4).join(' ')}`)
      .join('\n'),
  'an octal dump': (bytes) =>
    parts(bytes.toString('hex'), 32)
      .map(
        (row, i) => `${(i * 16).toString(8).padStart(7, '0')} ${each(Buffer.from(row, 'hex'), octal, ' ')}`,
      )
      .join('\n'),
  'hexadecimal without zeros before': (bytes) => each(bytes, (byte) => `0x${byte.toString(16)}`, ','),
  'swapped words in a program': (bytes) =>
    parts(Buffer.from(even(bytes)).swap16().toString('hex'), 4)
      .map((word) => `0x${word}`)
      .join(', '),
  hexadecimal: (bytes) => each(bytes, (byte) => `0x${hex(byte)}`, ', '),
  binary: (bytes) => inBits(bytes, '01', 1),
  Ascii85: (bytes) => `<~${inBase85(bytes, ASCII85).replaceAll('!!!!!', 'z')}~>`,
  Z85: (bytes) => inBase85(bytes, Z85),
  'percent-encoding': (bytes) =>
    each(bytes, (byte) => (plain(byte) ? String.fromCharCode(byte) : `%${hex(byte)}`)),
  'percent-encoding behind words': (bytes) => `photo: ${encodeURIComponent(bytes.toString('latin1'))}`,
  'percent-encoded base64': (bytes) => encodeURIComponent(bytes.toString('base64')),
  'percent-encoding of a form': (bytes) =>
    encodeURIComponent(bytes.toString('latin1')).replaceAll('%20', '+'),
  'octal escapes without zeros before': (bytes) => each(bytes, (byte) => `\\${byte.toString(8)}`),
  'escapes in braces': (bytes) => each(bytes, (byte) => `\\u{${byte.toString(16)}}`),
  'names of markup': (bytes) =>
    each(bytes, (byte) => NAMES[byte - 0xc0] ?? (plain(byte) ? String.fromCharCode(byte) : `&#${byte};`)),
  'octal escapes': (bytes) => each(bytes, (byte) => `\\${byte.toString(8).padStart(3, '0')}`),
  'references of markup': (bytes) => each(bytes, (byte) => `&#${byte};`),
  'quoted-printable in lower case': (bytes) =>
    each(bytes, (byte) => (plain(byte) ? String.fromCharCode(byte) : `=${hex(byte)}`)),
  'quoted-printable': (bytes) =>
    each(bytes, (byte) => (plain(byte) ? String.fromCharCode(byte) : `=${hex(byte).toUpperCase()}`)),
  numbers: (bytes) => ({ values: [...bytes] }),
  'signed numbers': (bytes) => ({ values: [...new Int8Array(bytes)] }),
  'numbers in a text': (bytes) => each(bytes, String, ', '),
  'numbers with dots': (bytes) => each(bytes, String, '.'),
  'numbers in quotes': (bytes) => each(bytes, (byte) => `"${byte}"`, ', '),
  floats: (bytes) => each(bytes, (byte) => `${byte}.0`, ', '),
  'numbers with casts': (bytes) => each(bytes, (byte) => `(byte)${byte}`, ', '),
  'numbers with types': (bytes) => each(bytes, (byte) => `${byte}u8`, ', '),
  'a typed array as JSON': (bytes) => JSON.stringify(new Uint8Array(bytes)),
  'octal numbers': (bytes) => each(bytes, (byte) => `0o${byte.toString(8)}`, ', '),
  'rows of numbers': (bytes) => ({
    rows: parts(bytes.toString('hex'), 16).map((row) => [...Buffer.from(row, 'hex')]),
  }),
  gzip: (bytes) => gzipSync(bytes).toString('base64'),
  zlib: (bytes) => new Uint8Array(deflateSync(bytes)),
  'zlib with a small window': (bytes) => deflateSync(bytes, { windowBits: 12 }).toString('base64'),
  'gzip in a text of JSON': (bytes) => JSON.stringify(gzipSync(bytes).toString('latin1')),
  'ZIP in gzip': (bytes) => gzipSync(zip(bytes)).toString('base64'),
  deflate: (bytes) => deflateRawSync(bytes).toString('base64url'),
  zstd: (bytes) => zstdCompressSync(bytes).toString('hex'),
  ZIP: (bytes) => zip(bytes).toString('base64'),
  'gzip of base64': (bytes) => gzipSync(bytes.toString('base64')).toString('base64'),
  'characters in a list': (bytes) => [...bytes.toString('base64')],
  'groups of three in a list': (bytes) => parts(bytes.toString('base64'), 3),
  'members of a list': (bytes) => parts(bytes.toString('base64'), 20),
  'members of an object': (bytes) =>
    Object.fromEntries(parts(bytes.toString('base64'), 30).map((part, i) => [`p${i}`, part])),
  'neighbouring texts': (bytes) => ({
    narrative: parts(bytes.toString('base64'), 25).map((text, i) => ({ id: `n${i}`, type: 'summary', text })),
  }),
  'values of extensions': (bytes) => ({
    extensions: parts(bytes.toString('hex'), 24).map((v, i) => ({ name: `part ${i}`, value: { v } })),
  }),
}

describe.each(Object.entries(DISGUISES))('T-148 as %s', (disguise, write) => {
  test('every picture and video is found', () => {
    const missed = files.filter(([, bytes]) => guard({ a: write(bytes) }) === undefined)
    expect(missed.map(([name]) => `${name} in ${disguise}`)).toEqual([])
  })
})

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9"><rect width="9"/></svg>'
test.each([
  ['with a prefix', SVG.replaceAll('svg ', 's:svg ').replace('/svg>', '/s:svg>')],
  ['in capitals', SVG.toUpperCase()],
  ['with a line break', SVG.replace('<svg ', '<svg\n')],
  ['in percent-encoding', encodeURIComponent(SVG)],
  ['in references', SVG.replaceAll('<', '&lt;')],
  ['in escapes', SVG.replaceAll('<', '\\u003c')],
  ['with an unseen character', SVG.replace('<svg', '<s\u200bvg')],
  ['in base64', Buffer.from(SVG).toString('base64')],
  ['in base64 of UTF-16', Buffer.from(SVG, 'utf16le').toString('base64')],
  ['in UTF-7', SVG.replaceAll('<', '+ADw-')],
])('T-148 an SVG %s is refused', (_, text) => {
  expect(guard({ text: `See ${text}` })).toBe('text')
})

test.each([
  'DaTa:image/png;base64,iVBORw0KGgo=',
  'da\nta:image/png;base64,iVBO',
  'data%3Aimage%2Fpng%3Bbase64%2CiVBO',
  'data&colon;image/png&semi;base64&comma;iVBO',
  'da\u00adta:video/mp4,x',
  'data:text/html;base64,PGltZz4=',
  '\ufffd\ufffd\ufffd\ufffd\0\x10JFIF\0\x01',
  '\u2030PNG\r\n\x1a\n\0\0\0\rIHDR',
  '> begin 644 photo.jpg\n> M_]C_X``02D9)1@`!`0```0`!``#_VP!#``@&!@<&!0@\'!P<)"0@*#!0-',
  'begin 666 my photo.JPG',
  '=ybegin line=128 size=12345 name=photo.jpg',
  'begin 644 photo.jpg\nM_]C_X``02D9)1@`!`0```0`!``#_VP!#``@&!@<&!0@\'!P<)"0@*#!0-',
])('T-148 %j is refused', (text) => {
  expect(guard({ text })).toBe('text')
})

test('T-148 the path names the first part of a picture that is split', () => {
  const png = Buffer.from(CORPUS['a.png'] as string, 'base64').toString('base64')
  expect(guard({ notes: ['The child is safe.', png.slice(0, 30), png.slice(30, 60), png.slice(60)] })).toBe(
    'notes[1]',
  )
})

test.each([
  '\x28\xb5\x2f\xfd\x04\x58\x41\0\0hello',
  '\x04\x22\x4d\x18\x64\x40\xa7 and more',
  '7z\xbc\xaf\x27\x1c\0\x04 and more',
  'Rar!\x1a\x07\x01\0 and more',
  '\xfd7zXZ\0\0\x04 and more',
  'BZh91AY&SY and more',
])('T-148 an archive that the guard cannot open is refused: %j', (text) => {
  expect(guard(new Uint8Array(Buffer.from(text, 'latin1')))).toBe('')
})
