// `rex-desk seen`: tell the other side that a person has seen its messages. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { later } from '../../language/language.ts'
import type { Shell } from '../../shell.ts'
import { threadVerb } from '../thread-verb.ts'

export function seen(shell: Shell): Command {
  return threadVerb(shell, {
    name: 'seen',
    summary: 'confirm that a person has seen the referral',
    example: 'rex-desk seen 7f3a91c2',
    done: later`They will be told.`,
    run: (thread) => thread.markSeen(),
  })
}
