// `rex-desk complete`: report that the work is done. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { codeFor, codeOption } from '../../input/code.ts'
import { type OutcomeOptions, outcomeOptions, readOutcomes } from '../../input/outcomes.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

interface CompleteOptions extends OutcomeOptions {
  readonly code?: string
  readonly partly?: boolean
}

export function complete(shell: Shell): Command {
  return threadVerb<CompleteOptions>(shell, {
    name: 'complete',
    summary: 'report that the work is done, wholly or partly',
    example: 'rex-desk complete 7f3a91c2 --code service-provided',
    verb: 'complete',
    done: later`Completed.`,
    options: (command) =>
      outcomeOptions(codeOption(textOption(command), 'outcome')).option(
        '--partly',
        'only part of the request is done',
      ),
    run: async (thread, options) => {
      const outcome = await codeFor(shell, 'outcome', options.code)
      const itemOutcomes = await readOutcomes(shell, options)
      const text = await textFor(shell, options, { help: t`What was done?` })
      await thread.complete({ outcome, ...given({ partly: options.partly, itemOutcomes, text }) })
    },
  })
}
