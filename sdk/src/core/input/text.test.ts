// Tests of text input: bytes, wrapping, length, names, passphrases. docs/spec/overview.md, "Input"
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../encoding/encoding.ts'
import { isName, nameForm } from './name.ts'
import { passphraseForm, passphraseIn } from './passphrase.ts'
import { decodeText, firstLine, isLonger, unwrapped } from './text.ts'

const bounds = { path: 'The file', limit: 100 }

test('T-152 a byte order mark is dropped; bytes that are not UTF-8 are refused', () => {
  expect(decodeText(utf8('\ufeffa\r\nb'), bounds)).toBe('a\r\nb')
  expect(() => decodeText(Uint8Array.of(0xff, 0xfe, 0x61, 0), bounds)).toThrow(
    expect.objectContaining({ reason: 'MALFORMED', path: 'The file' }),
  )
  expect(() => decodeText(new Uint8Array(101), bounds)).toThrow(
    expect.objectContaining({
      reason: 'LIMIT_EXCEEDED',
      metadata: { path: 'The file', limit: '100', actual: '101' },
    }),
  )
})

test('T-152 lengths are counted in code points', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), fc.nat(20), (text, max) => {
      expect(isLonger(text, max)).toBe([...text].length > max)
    }),
  )
})

test('T-152 a text that a mail program wrapped, quoted or indented is restored', () => {
  const letters = fc.stringMatching(/^[A-Za-z0-9._-]{1,120}$/)
  const added = fc.constantFrom(
    '\n',
    '\r\n',
    ' \r\n',
    '\n> ',
    '\n>> ',
    '\t',
    ' ',
    '\u200b',
    '\ufeff',
    '\u00a0',
  )
  fc.assert(
    fc.property(letters, fc.array(fc.tuple(fc.nat(120), added)), (text, places) => {
      let wrapped = text
      for (const [at, with_] of places) wrapped = wrapped.slice(0, at) + with_ + wrapped.slice(at)
      // Skip texts with ">" within a line, because mail programs put a quote mark only at the start of a line.
      fc.pre(!/[^\s>]>/.test(wrapped))
      expect(unwrapped(`\ufeff> ${wrapped}\r\n`)).toBe(text)
    }),
  )
})

describe('T-144 names', () => {
  test.each(['x'.repeat(200), '🧒'.repeat(150), '🧒'.repeat(200), 'Sinéad’s “Line”', 'انجمن می‌خواهم'])(
    '%s is one, and its readers take it',
    (name) => expect(isName(nameForm(name))).toBe(true),
  )

  test.each([
    '',
    ' \t ',
    'x'.repeat(201),
    '🧒'.repeat(201),
    'a\nb',
    'a\u0000b',
    'a\u001b[2J',
    'a\ud800',
    undefined,
    7,
  ])('%j is refused where it is made', (name) => {
    expect(() => nameForm(name)).toThrow(
      expect.objectContaining({ reason: 'CONFIG_INVALID', path: 'name', hint: expect.any(String) }),
    )
  })

  test('are stored in one form: NFC, without surrounding white space', () => {
    expect(nameForm(' Ko\u0308ln \r\n')).toBe('K\u00f6ln')
  })

  test('every name that is created is accepted by readers', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 250 }), (text) => {
        try {
          expect(isName(nameForm(text))).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ reason: 'CONFIG_INVALID' })
        }
      }),
    )
  })
})

describe('T-143 passphrases', () => {
  const composed = 'Gr\u00fc\u00dfe aus K\u00f6ln'

  test.each([composed, composed.normalize('NFD')])('%s is the same, composed or not', (typed) => {
    expect(passphraseForm(typed)).toBe(composed)
    expect(passphraseIn(utf8(`\ufeff${typed}\r\nrest`))).toBe(composed)
  })

  test.each([undefined, null, 7, '', '\n', 'a\nb', 'a\u0000', 'a\ud800', 'x'.repeat(1025)])(
    '%j is refused where it is made, as no reader would give it back',
    (text) => {
      expect(() => passphraseForm(text)).toThrow(expect.objectContaining({ reason: 'UNLOCK_FAILED' }))
    },
  )

  test('every accepted passphrase can be read back from a file', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        let form: string
        try {
          form = passphraseForm(text)
        } catch {
          return
        }
        fc.pre(!form.startsWith('\ufeff'))
        expect(passphraseIn(utf8(`${form}\n`))).toBe(form)
        expect(passphraseForm(form.normalize('NFD'))).toBe(form)
      }),
    )
  })

  test('bytes that are not UTF-8, an empty file and an empty first line are refused', () => {
    for (const bytes of [Uint8Array.of(0xff), new Uint8Array(), utf8('\nsecond')])
      expect(() => passphraseIn(bytes)).toThrow(expect.objectContaining({ reason: 'UNLOCK_FAILED' }))
  })
})

test('the first line ends at any line end', () => {
  for (const end of ['\n', '\r\n', '\r', '']) expect(firstLine(`\ufeffa b${end}`)).toBe('a b')
})
