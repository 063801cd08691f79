// `rex-desk attest-recall`: attest what was done with the recalled data. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { codeFor, codeOption } from '../../input/code.ts'
import { digest } from '../../input/parsers.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

interface AttestRecallOptions {
  readonly code?: string
  readonly recall?: string
}

export function attestRecall(shell: Shell): Command {
  return threadVerb<AttestRecallOptions>(shell, {
    name: 'attest-recall',
    summary: 'attest what you did with the content they recalled',
    example: 'rex-desk attest-recall 7f3a91c2 --code restricted',
    verb: 'attestRecall',
    done: later`Attested.`,
    options: (command) =>
      codeOption(textOption(command), 'recall-outcome').option(
        '--recall <digest>',
        'which recall (default: the open one)',
        digest,
      ),
    run: async (thread, options) => {
      const code = await codeFor(shell, 'recall-outcome', options.code)
      const text = await textFor(shell, options, { help: t`What became of it?` })
      await thread.attestRecall({ code, ...given({ recall: options.recall, text }) })
    },
  })
}
