// `rex-desk progress`: report that work continues. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { codeFor, codeOption } from '../../input/code.ts'
import { type OutcomeOptions, outcomeOptions, readOutcomes } from '../../input/outcomes.ts'
import { type TypedTime, time } from '../../input/parsers.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

interface ProgressOptions extends OutcomeOptions {
  readonly code?: string
  readonly time?: TypedTime
}

export function progress(shell: Shell): Command {
  return threadVerb<ProgressOptions>(shell, {
    name: 'progress',
    summary: 'report progress: a contact, an appointment, a notice, an item removed',
    example: 'rex-desk progress 7f3a91c2 --code appointment --time "2026-04-01 10:00"',
    verb: 'progress',
    done: later`Told.`,
    options: (command) =>
      outcomeOptions(codeOption(textOption(command), 'progress')).option(
        '--time <time>',
        'when it happened or will happen (default: now)',
        time,
      ),
    run: async (thread, options) => {
      const code = await codeFor(shell, 'progress', options.code)
      const itemOutcomes = await readOutcomes(shell, options)
      const text = await textFor(shell, options, { help: t`What happened?` })
      await thread.progress({ code, ...given({ itemOutcomes, timeMs: options.time?.ms, text }) })
    },
  })
}
