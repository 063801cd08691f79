// Labels of codes in one language. docs/spec/referral.md, "Showing"
import { codesOf, type ListName } from '../codes/codes.ts'
import type { Labels, Words } from './words.ts'

/** The label of a code; an unknown code is shown as it is. */
export function labelIn(labels: Labels, list: ListName, code: string): string {
  const codes: readonly string[] = codesOf(list)
  const index = codes.indexOf(code)
  return index === -1 ? code : (labels[list].split('|')[index] ?? code)
}

/** The label of a code in a rule that protects somebody: with the English beside a translation that nobody has confirmed (REX-REF-102). */
export function ruleLabelIn(
  { words, english }: Readonly<Record<'words' | 'english', Words>>,
  list: ListName,
  code: string,
): string {
  const text = labelIn(words.labels, list, code)
  return words.confirmed.includes(list) ? text : beside(text, labelIn(english.labels, list, code))
}

/** A text with the English beside it, unless it is the same. */
export function beside(text: string, english: string): string {
  return text === english ? text : `${text} [${english}]`
}

/** The language of a locale: `fr` of `fr-CA`. */
export function languageOf(locale: string): string {
  return locale.split('-')[0] ?? ''
}
