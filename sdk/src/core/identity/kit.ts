// The recovery kit: 256 random bits as 24 words with a checksum (BIP-39). Reading tolerates the ways in which people type the words.
// docs/spec/overview.md, "Input"
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { RexError } from '../error.ts'
import { isLonger } from '../input/text.ts'

/** Number of words in a kit. */
export const KIT_WORDS = 24
/** Number of initial letters that identify a word: no two words of the list begin with the same four letters. */
const ENOUGH = 4
const LONGEST = 4096

/** Encodes 32 bytes as 24 words. */
export function kitWords(entropy: Uint8Array): string[] {
  return entropyToMnemonic(entropy, wordlist).split(' ')
}

/**
 * Reads the words of a complete or incomplete kit and returns them in full. Case, spaces, numbers and punctuation do not matter, and the
 * first four letters of a word suffice. Errors state positions, never words (REX-ENC-038). @throws RexError UNLOCK_FAILED
 */
export function readKitWords(text: string): string[] {
  if (typeof text !== 'string' || isLonger(text, LONGEST))
    throw refused('The recovery kit is not text of 24 words.')
  const typed =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/\p{L}+/gu) ?? []
  const words = typed.map(listed)
  const unknown = words.flatMap((word, i) => (word === undefined ? [i + 1] : []))
  if (unknown.length > 0)
    throw refused(
      unknown.length === 1
        ? `Word ${unknown[0]} is not in the list of words.`
        : `Words ${unknown.slice(0, -1).join(', ')} and ${unknown.at(-1)} are not in the list of words.`,
    )
  return words as string[]
}

/**
 * Decodes a kit's 24 words to 32 bytes. @throws RexError UNLOCK_FAILED, stating which words are not in the list, how many are missing, or
 * that the checksum is wrong
 */
export function readKit(kit: string | readonly string[]): Uint8Array {
  const words = readKitWords(Array.isArray(kit) ? kit.join(' ') : (kit as string))
  if (words.length !== KIT_WORDS)
    throw refused(`A recovery kit has ${KIT_WORDS} words, and ${words.length} were given.`)
  try {
    return mnemonicToEntropy(words.join(' '), wordlist)
  } catch {
    // No `cause`, because the library's error could quote words of the kit.
    throw refused(
      'All 24 words are in the list, but the checksum is wrong: a word was mistaken for another, or the order is wrong.',
    )
  }
}

/** Finds the list word that a person typed in full or by at least its first four letters. Undefined: the list has no such word. */
function listed(typed: string): string | undefined {
  return wordlist.find((word) => word === typed || (typed.length >= ENOUGH && word.startsWith(typed)))
}

function refused(message: string): RexError {
  return new RexError('UNLOCK_FAILED', message, {
    hint: 'Compare each word with the paper, in the order of the numbers.',
  })
}
