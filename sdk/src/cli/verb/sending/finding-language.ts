// Findings in the language of the run, for people; programs get English. docs/guide/rex-desk.md
import { messagesIn, type Translatable, translated } from '../../../core/referral/translations/index.ts'
import { languageOfRun } from '../../language/language.ts'

/** Returns the messages of findings and problems: in the language of the run for people, in English for programs. */
export const messagesFor = ({ json }: { readonly json?: boolean }) =>
  messagesIn((json === true ? undefined : languageOfRun()?.language) ?? 'en')

/** Returns findings, problems or lossless changes with the messages of `messagesFor`. */
export function inLanguage<One extends Translatable>(
  all: readonly One[],
  settings: { readonly json?: boolean },
): One[] {
  return translated(all, messagesFor(settings))
}
