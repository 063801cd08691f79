// `rex-desk note`: add a remark. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { language } from '../../input/parsers.ts'
import { readText } from '../../input/text.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { threadVerb } from '../thread-verb.ts'

export function note(shell: Shell): Command {
  return threadVerb<{ readonly language?: string }>(shell, {
    name: 'note',
    summary: 'add a remark, from standard input or written in your editor',
    example: 'echo "We call again on Monday." | rex-desk note 7f3a91c2 --language en',
    verb: 'note',
    done: later`Noted.`,
    options: (command) =>
      command.option('--language <tag>', 'language of the remark, such as en or fr-CH', language),
    run: async (thread, { language }) => {
      const text = await readText(shell, { help: [t`What do you want to tell them?`] })
      await thread.note({ text, ...given({ language }) })
    },
  })
}
