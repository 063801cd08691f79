// `rex-desk feedback`: report later results, after the thread has ended. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { codeFor, codeOption } from '../../input/code.ts'
import { type OutcomeOptions, outcomeOptions, readOutcomes } from '../../input/outcomes.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

interface FeedbackOptions extends OutcomeOptions {
  readonly code?: string
}

export function feedback(shell: Shell): Command {
  return threadVerb<FeedbackOptions>(shell, {
    name: 'feedback',
    summary: 'give feedback after the end',
    example: 'rex-desk feedback 7f3a91c2 --code helpful',
    verb: 'feedback',
    done: later`Told.`,
    options: (command) => outcomeOptions(codeOption(textOption(command), 'feedback')),
    run: async (thread, options) => {
      const code = await codeFor(shell, 'feedback', options.code)
      const itemOutcomes = await readOutcomes(shell, options)
      const text = await textFor(shell, options, { help: t`What became of it?` })
      await thread.feedback({ code, ...given({ itemOutcomes, text }) })
    },
  })
}
