// Options of the verbs that show findings: the language, and which findings do not apply. docs/guide/rex-desk.md
import { type Command, Option } from 'commander'
import type { Finding } from '../../../core/referral/index.ts'
import { MESSAGE_LANGUAGES, messagesIn, translated } from '../../../core/referral/lint/messages/index.ts'
import { type ConfirmSettings, confirmOption } from '../confirm.ts'

/** Settings of a verb that shows findings. */
export interface FindingSettings extends ConfirmSettings {
  readonly lang: string
}

/** Adds the options to a verb. */
export function findingOptions(command: Command): Command {
  return confirmOption(
    command.addOption(
      new Option('--lang <language>', 'language of the findings').choices(MESSAGE_LANGUAGES).default('en'),
    ),
  )
}

/** Returns the findings in the chosen language. */
export function inLanguage(findings: readonly Finding[], { lang }: FindingSettings): readonly Finding[] {
  const messages = messagesIn(lang)
  return messages === undefined ? findings : translated(findings, messages)
}
