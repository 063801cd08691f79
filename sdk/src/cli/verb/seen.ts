// `rex-desk seen`: tell the other side that a person has seen its messages. docs/guide/rex-desk.md
import type { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { threadVerb } from './thread-verb.ts'

export function seen(shell: Shell): Command {
  return threadVerb(shell, {
    name: 'seen',
    summary: 'tell them that a person has seen what they sent',
    example: 'rex-desk seen 7f3a91c2',
    done: 'They will know.',
    run: (thread) => thread.markSeen(),
  })
}
