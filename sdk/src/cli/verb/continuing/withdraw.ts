// `rex-desk withdraw`: withdraw a request. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { codeFor, codeOption } from '../../input/code.ts'
import { later, safety, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { sure, yesOption } from '../sure.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

export function withdraw(shell: Shell): Command {
  return threadVerb<{ readonly code?: string }>(shell, {
    name: 'withdraw',
    summary: 'withdraw your referral; it ends for both sides',
    example: 'rex-desk withdraw 7f3a91c2 --code no-longer-needed',
    verb: 'withdraw',
    done: later`Withdrawn.`,
    options: (command) => yesOption(codeOption(textOption(command), 'withdrawal')),
    run: async (thread, options) => {
      const code = await codeFor(shell, 'withdrawal', options.code)
      const text = await textFor(shell, options, {
        needed: code === 'other',
        help: t`Why do you withdraw it?`,
      })
      await sure(shell, options, safety`Withdraw? This ends the referral.`)
      await thread.withdraw({ code, ...given({ text }) })
    },
  })
}
