// Tests of the recovery kit's words. docs/spec/overview.md, "Input"
import { randomBytes } from 'node:crypto'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { expect, test } from 'vitest'
import { kitWords, readKit, readKitWords } from './kit.ts'

const ENTROPY = Buffer.from('68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c', 'hex')
const WORDS =
  'hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length'
const words = WORDS.split(' ')

/** Returns the error with which a kit is rejected. */
function refusal(kit: string | readonly string[]) {
  try {
    readKit(kit)
  } catch (error) {
    return error as { reason: string; message: string; cause?: unknown }
  }
  throw new Error('It was read.')
}

test('REX-ENC-038 the vector of BIP-39: 32 bytes are 24 words, and the words are the bytes', () => {
  expect(kitWords(ENTROPY)).toEqual(words)
  expect(Buffer.from(readKit(WORDS))).toEqual(ENTROPY)
  expect(Buffer.from(readKit(words))).toEqual(ENTROPY)
})

test('any bytes survive the conversion to words and back', () => {
  for (let i = 0; i < 200; i++) {
    const entropy = randomBytes(32)
    expect(Buffer.from(readKit(kitWords(entropy)))).toEqual(entropy)
  }
})

test('REX-ENC-038 case, spacing, numbers, punctuation and the rest of a word do not matter', () => {
  const typed = [
    WORDS.toUpperCase(),
    `  ${words.join('\r\n\t ')}\n`,
    words.map((word, i) => `${i + 1}. ${word}`).join('\n'),
    words.map((word, i) => `${i + 1})${word}`).join(', '),
    words.map((word) => word.slice(0, 4)).join(' '),
    words.map((word) => word.slice(0, 5)).join('-'),
  ]
  for (const text of typed) expect(Buffer.from(readKit(text))).toEqual(ENTROPY)
})

test('four letters name one word of the list, and a short word only itself', () => {
  for (const word of wordlist) expect(readKitWords(word.slice(0, 4))).toEqual([word])
  expect(() => readKitWords('act')).not.toThrow()
  expect(() => readKitWords('aba')).toThrow()
})

test('T-119 REX-ENC-038 an error states positions and numbers, never a word', () => {
  const wrong = words.with(6, 'secretly').with(23, 'lengthy')
  const cases: [kit: string | readonly string[], message: string][] = [
    [words.with(6, 'secretly'), 'Word 7 is not in the list of words.'],
    [wrong, 'Words 7 and 24 are not in the list of words.'],
    [wrong.with(0, 'häm'), 'Words 1, 7 and 24 are not in the list of words.'],
    [words.slice(1), 'A recovery kit has 24 words, and 23 were given.'],
    ['', 'A recovery kit has 24 words, and 0 were given.'],
    ['x'.repeat(5000), 'The recovery kit is not text of 24 words.'],
    [7 as never, 'The recovery kit is not text of 24 words.'],
  ]
  for (const [kit, message] of cases) expect(refusal(kit)).toMatchObject({ reason: 'UNLOCK_FAILED', message })
  const swapped = words.with(0, words[1] as string).with(1, words[0] as string)
  expect(refusal(swapped).message).toMatch(/^All 24 words are in the list, but the checksum is wrong/)
  expect(refusal(swapped).cause).toBeUndefined()
})
