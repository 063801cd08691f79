// Display names of organisations. docs/spec/identity.md, "Entity configuration"
import { RexError } from './refusal.ts'
import { isLonger } from './text.ts'

/** Maximum length of a name, in characters. */
const LONGEST = 200
const NAME = /^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u

/** Whether a text is an acceptable name of an organisation (REX-ID-010). */
export function isName(text: string): boolean {
  return text !== '' && !isLonger(text, LONGEST) && NAME.test(text) && text.normalize('NFC') === text
}

/** Normalises a name to NFC and removes surrounding white space. @throws RexError CONFIG_INVALID for an unacceptable name */
export function nameForm(text: unknown): string {
  const form = typeof text === 'string' ? text.normalize('NFC').trim() : ''
  if (isName(form)) return form
  throw new RexError('CONFIG_INVALID', `The name must be one line of 1 to ${LONGEST} characters.`, {
    path: 'name',
    hint: 'Give the name of your organisation, without line breaks or control characters.',
  })
}
