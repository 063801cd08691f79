// `rex-desk disclose`: send the sections that were withheld until acceptance. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { section, several } from '../../input/parsers.ts'
import { later } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { threadVerb } from '../thread-verb.ts'

export function disclose(shell: Shell): Command {
  return threadVerb<{ readonly section?: readonly string[] }>(shell, {
    name: 'disclose',
    summary: 'disclose the sections that you held back until they accepted',
    example: 'rex-desk disclose 7f3a91c2 --section people',
    verb: 'disclose',
    done: later`Disclosed.`,
    options: (command) =>
      command.option(
        '--section <type>',
        'only this section (repeatable; default: all held back for them)',
        several(section),
      ),
    run: (thread, { section }) => thread.disclose(given({ sections: section })),
  })
}
