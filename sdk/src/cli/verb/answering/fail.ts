// `rex-desk fail`: report that the work could not be done. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { codeFor, codeOption } from '../../input/code.ts'
import { type OutcomeOptions, outcomeOptions, readOutcomes } from '../../input/outcomes.ts'
import { organisation } from '../../input/parsers.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

interface FailOptions extends OutcomeOptions {
  readonly code?: string
  readonly alternative?: string
}

export function fail(shell: Shell): Command {
  return threadVerb<FailOptions>(shell, {
    name: 'fail',
    summary: 'report that the work could not be done, and why',
    example: 'rex-desk fail 7f3a91c2 --code unreachable --alternative https://other.example',
    verb: 'fail',
    done: later`Ended without success.`,
    options: (command) =>
      outcomeOptions(codeOption(textOption(command), 'decline')).option(
        '--alternative <organisation>',
        'who may help instead',
        organisation,
      ),
    run: async (thread, options) => {
      const code = await codeFor(shell, 'decline', options.code)
      const itemOutcomes = await readOutcomes(shell, options)
      const text = await textFor(shell, options, {
        needed: code === 'other',
        help: t`Why could it not be done?`,
      })
      await thread.fail({ code, ...given({ alternative: options.alternative, itemOutcomes, text }) })
    },
  })
}
