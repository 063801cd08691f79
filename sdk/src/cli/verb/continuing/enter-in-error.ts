// `rex-desk enter-in-error`: declare the whole referral a mistake. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { later, safety, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { sure, yesOption } from '../sure.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

export function enterInError(shell: Shell): Command {
  return threadVerb(shell, {
    name: 'enter-in-error',
    summary: 'mark the whole referral as a mistake',
    example: 'rex-desk enter-in-error 7f3a91c2',
    verb: 'enterInError',
    done: later`Marked as entered in error.`,
    options: (command) => yesOption(textOption(command)),
    run: async (thread, options) => {
      const text = await textFor(shell, options, { help: t`What was the mistake?` })
      await sure(shell, options, safety`Mark the whole referral as a mistake? This cannot be undone.`)
      await thread.enterInError(given({ text }))
    },
  })
}
