// `rex-desk accept`: accept a referral. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { checkedCode } from '../../input/code.ts'
import { exceptions, line } from '../../input/parsers.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

interface AcceptOptions {
  readonly except?: readonly { id: string; code: string }[]
  readonly reference?: string
}

export function accept(shell: Shell): Command {
  return threadVerb<AcceptOptions>(shell, {
    name: 'accept',
    summary: 'accept a referral; from then on you are responsible for it',
    example: 'rex-desk accept 7f3a91c2 --reference NGO-17 --except p2=no-capacity',
    verb: 'accept',
    done: later`Accepted.`,
    options: (command) =>
      textOption(command)
        .option('--except <id=code>', 'a person or item that you do not accept (repeatable)', exceptions)
        .option('--reference <number>', 'your own case number, which the other side will see', line(200)),
    run: async (thread, options) => {
      const { except, reference } = options
      const text = await textFor(shell, options, { help: t`What do you want to tell them?` })
      await thread.accept(given({ except: except?.map(checked), reference, text }))
    },
  })
}

function checked({ id, code }: { id: string; code: string }): { id: string; code: string } {
  return { id, code: checkedCode('decline', code) }
}
