// Passphrases: normalised, so that a passphrase stays the same however it is typed, stored or printed. docs/spec/overview.md, "Input"
import { RexError } from './refusal.ts'
import { decodeText, firstLine, isLonger } from './text.ts'

/** Maximum length of a passphrase, in characters. */
const LONGEST = 1024
const MAX_BYTES = 65_536
const ONE_LINE = /^[^\p{Cc}\u2028\u2029]+$/u

/**
 * Normalises a passphrase to NFC, so that composed letters (Linux, Windows) equal decomposed letters (macOS) (REX-ENC-034).
 * @throws RexError UNLOCK_FAILED if it is empty, longer than 1024 characters or not a single line, because it could not be read back from a
 * file
 */
export function passphraseForm(text: unknown): string {
  if (typeof text !== 'string' || text === '') throw refused('There is no passphrase.')
  const form = text.normalize('NFC')
  if (isLonger(form, LONGEST)) throw refused(`The passphrase has more than ${LONGEST} characters.`)
  if (!form.isWellFormed() || !ONE_LINE.test(form)) throw refused('The passphrase is not one line of text.')
  return form
}

/** Reads the passphrase from the first line of a file, a stream or the output of a command. @throws RexError UNLOCK_FAILED */
export function passphraseIn(content: Uint8Array): string {
  try {
    return passphraseForm(firstLine(decodeText(content, { path: 'The passphrase', limit: MAX_BYTES })))
  } catch (error) {
    throw RexError.is(error, 'UNLOCK_FAILED') ? error : refused(RexError.from(error).message)
  }
}

function refused(message: string): RexError {
  return new RexError('UNLOCK_FAILED', message, { hint: 'Give it as one line of text in UTF-8.' })
}
