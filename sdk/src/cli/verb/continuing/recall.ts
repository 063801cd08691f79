// `rex-desk recall`: ask for the destruction of data sent in error. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { codeFor, codeOption } from '../../input/code.ts'
import { digest, several } from '../../input/parsers.ts'
import { later, safety, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { sure, yesOption } from '../sure.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

interface RecallOptions {
  readonly code?: string
  readonly message?: readonly string[]
}

export function recall(shell: Shell): Command {
  return threadVerb<RecallOptions>(shell, {
    name: 'recall',
    summary: 'ask them to destroy content that you sent in error, and to attest it',
    example: 'rex-desk recall 7f3a91c2 --code sent-to-wrong-recipient',
    verb: 'recall',
    done: later`Recalled. They owe you an attestation.`,
    options: (command) =>
      yesOption(codeOption(textOption(command), 'withdrawal')).option(
        '--message <digest>',
        'only this message (repeatable; default: the whole referral)',
        several(digest),
      ),
    run: async (thread, options) => {
      const code = await codeFor(shell, 'withdrawal', options.code)
      const text = await textFor(shell, options, {
        needed: code === 'other',
        help: t`What was sent in error?`,
      })
      await sure(shell, options, safety`Recall? They will be asked to destroy it.`)
      await thread.recall({ code, ...given({ messages: options.message, text }) })
    },
  })
}
