// Finds labels of codes in one language. docs/spec/referral.md, "Showing"
import { codesOf, type ListName } from '../codes/codes.ts'
import { beside } from '../messages/filled.ts'
import type { Labels, Words } from './words.ts'

/** Returns the label of a code, or an unknown code unchanged. */
export function labelIn(labels: Labels, list: ListName, code: string): string {
  const codes: readonly string[] = codesOf(list)
  const index = codes.indexOf(code)
  return index === -1 ? code : (labels[list].split('|')[index] ?? code)
}

/** Returns the label of a code for a rule that protects somebody, with the English if nobody has confirmed the translation (REX-REF-102). */
export function ruleLabelIn(
  { words, english }: Readonly<Record<'words' | 'english', Words>>,
  list: ListName,
  code: string,
): string {
  const text = labelIn(words.labels, list, code)
  return words.confirmed.includes(list) ? text : beside(text, labelIn(english.labels, list, code))
}

/** Returns the language of a locale, such as `fr` for `fr-CA`. */
export function languageOf(locale: string): string {
  return locale.split('-')[0] ?? ''
}
