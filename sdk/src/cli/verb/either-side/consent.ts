// `rex-desk consent`: report a change of consent, or that the change was carried out. docs/guide/rex-desk.md

import { type Command, Option } from 'commander'
import type { Thread } from '../../../client/api/thread.ts'
import { codeFor, codeOption } from '../../input/code.ts'
import { digest, personId, section, several } from '../../input/parsers.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { type ThreadSettings, textFor, textOption, threadVerb } from '../thread-verb.ts'

interface ConsentOptions {
  readonly code?: string
  readonly person?: readonly string[]
  readonly section?: readonly string[]
  readonly acknowledge?: boolean
  readonly change?: string
}

type Run = (thread: Thread, options: ConsentOptions & ThreadSettings) => Promise<void>

export function consent(shell: Shell): Command {
  return threadVerb<ConsentOptions>(shell, {
    name: 'consent',
    summary: 'report that consent changed, or with --acknowledge that you acted on a change',
    example: 'rex-desk consent 7f3a91c2 --code withdrawn --person p1',
    done: later`Told.`,
    options: (command) =>
      codeOption(textOption(command), 'consent-change')
        .option('--person <id>', 'about this person (repeatable; default: all)', several(personId))
        .option('--section <type>', 'about this section (repeatable; default: all)', several(section))
        .addOption(
          new Option(
            '--acknowledge',
            'you acted on their change; --code is then a code of the list recall-outcome',
          ).conflicts(['person', 'section']),
        )
        .option('--change <digest>', 'the change that you acknowledge (default: the open one)', digest),
    run: (thread, options) =>
      (options.acknowledge === true ? acknowledge(shell) : change(shell))(thread, options),
  })
}

const change =
  (shell: Shell): Run =>
  async (thread, options) => {
    const code = await codeFor(shell, 'consent-change', options.code)
    const text = await textFor(shell, options, { help: t`What changed?` })
    await thread.changeConsent({
      code,
      ...given({ people: options.person, sections: options.section, text }),
    })
  }

const acknowledge =
  (shell: Shell): Run =>
  async (thread, options) => {
    const code = await codeFor(shell, 'recall-outcome', options.code)
    const text = await textFor(shell, options, { help: t`What did you do?` })
    await thread.acknowledgeConsent({ code, ...given({ change: options.change, text }) })
  }
