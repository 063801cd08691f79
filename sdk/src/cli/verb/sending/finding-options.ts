// Options of the verbs that show findings: their language, and which do not apply. docs/guide/rex-desk.md
import { type Command, Option } from 'commander'
import type { Finding } from '../../../core/referral/index.ts'
import { MESSAGE_LANGUAGES, messagesIn, translated } from '../../../core/referral/lint/messages/index.ts'
import { findingIds } from '../../input/parsers.ts'

/** Settings of a verb that shows findings. */
export interface FindingSettings {
  readonly lang: string
  readonly confirm?: readonly string[]
}

/** Adds the options. */
export function findingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--lang <language>', 'language of the findings').choices(MESSAGE_LANGUAGES).default('en'),
    )
    .option(
      '--confirm <id>',
      'a finding that does not apply: an ordinary word that is also a name (repeatable; stays here)',
      findingIds,
    )
}

/** The findings in the chosen language. */
export function inLanguage(findings: readonly Finding[], { lang }: FindingSettings): readonly Finding[] {
  const messages = messagesIn(lang)
  return messages === undefined ? findings : translated(findings, messages)
}
