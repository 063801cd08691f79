// `rex-desk correct`: replace sections by newer versions. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { readSections } from '../../input/referral.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { type ConfirmSettings, confirmOption } from '../confirm.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

export function correct(shell: Shell): Command {
  return threadVerb<ConfirmSettings>(shell, {
    name: 'correct',
    summary: 'replace sections of your referral with newer versions',
    example: 'rex-desk correct 7f3a91c2 people.json --text',
    verb: 'correct',
    done: later`Corrected.`,
    argument: ['file', 'a referral file with only the newer sections; - is standard input'],
    options: (command) => confirmOption(textOption(command)),
    run: async (thread, options, { argument: file }) => {
      const referral = await readSections(shell, file)
      const text = await textFor(shell, options, { help: t`What was wrong?` })
      await thread.correct({ referral, ...given({ text, confirm: options.confirm }) })
    },
  })
}
