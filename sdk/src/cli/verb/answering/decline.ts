// `rex-desk decline`: decline, with the reason and who else may help. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { codeFor, codeOption } from '../../input/code.ts'
import { organisation, type TypedTime, time } from '../../input/parsers.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

interface DeclineOptions {
  readonly code?: string
  readonly alternative?: string
  readonly retryAfter?: TypedTime
}

export function decline(shell: Shell): Command {
  return threadVerb<DeclineOptions>(shell, {
    name: 'decline',
    summary: 'decline a referral, with the reason and who may help instead',
    example:
      'rex-desk decline 7f3a91c2 --code no-capacity --alternative https://other.example --retry-after 14d',
    verb: 'decline',
    done: later`Declined.`,
    options: (command) =>
      codeOption(textOption(command), 'decline')
        .option('--alternative <organisation>', 'who may help instead', organisation)
        .option('--retry-after <time>', 'when they may ask you again: a date, or 14d', time),
    run: async (thread, options) => {
      const code = await codeFor(shell, 'decline', options.code)
      const text = await textFor(shell, options, {
        needed: code === 'other',
        help: t`Why can you not accept it?`,
      })
      await thread.decline({
        code,
        ...given({ alternative: options.alternative, retryAfterMs: options.retryAfter?.ms, text }),
      })
    },
  })
}
