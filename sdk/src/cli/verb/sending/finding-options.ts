// Options of the verbs that show findings: the language, and which findings do not apply. docs/guide/rex-desk.md
import { type Command, Option } from 'commander'
import {
  MESSAGE_LANGUAGES,
  messagesIn,
  type Translatable,
  translated,
} from '../../../core/referral/translations/index.ts'
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

/** Returns findings, problems or lossless changes in the chosen language. */
export function inLanguage<One extends Translatable>(all: readonly One[], { lang }: FindingSettings): One[] {
  return translated(all, messagesIn(lang))
}
