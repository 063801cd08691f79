// `rex-desk resolve`: decide on a received message that this desk does not understand. docs/guide/rex-desk.md, "What is not understood"

import type { Command } from 'commander'
import type { ThreadView } from '../../../client/api/thread.ts'
import { RexError } from '../../../core/error.ts'
import { UsageError } from '../../exit.ts'
import { later } from '../../language/language.ts'
import type { Shell } from '../../shell.ts'
import { shortId } from '../../view/words.ts'
import { contentOf, threadVerb } from '../thread-verb.ts'

interface ResolveOptions {
  readonly place?: boolean
  readonly refuse?: boolean
  readonly message?: string
}

export function resolve(shell: Shell): Command {
  return threadVerb<ResolveOptions>(shell, {
    name: 'resolve',
    summary: 'decide on a message that this desk does not understand',
    example: 'rex-desk resolve 7f3a91c2 --refuse',
    done: later`Decided; they are told.`,
    options: (command) =>
      command
        .option('--place', 'accept it as it is: a withdrawal of an unknown kind is a withdrawal')
        .option('--refuse', 'refuse it: the sender is told, and can say it in another way')
        .option('--message <id>', 'the message, if several are held: the first characters in `show`'),
    async run(thread, options, { view }) {
      const decision = decisionOf(options)
      const { key, message = '' } = options
      const keyContent = contentOf([decision, message])
      // If this command is a repeat, its message is no longer held, so do not look for the message.
      if (key !== undefined && (await thread.wasDone('resolve', { key, keyContent }))) return
      await thread.resolve(heldMessage(view, options), decision, { keyContent })
    },
  })
}

function decisionOf({ place = false, refuse = false }: ResolveOptions): 'place' | 'refuse' {
  if (place === refuse) throw new UsageError('Decide what to do with it.', 'Add --place or --refuse.')
  return place ? 'place' : 'refuse'
}

function heldMessage({ held }: ThreadView, { message = '' }: ResolveOptions): string {
  const meant = held.filter(({ digest }) => digest.startsWith(message.toLowerCase()))
  const [first] = meant
  if (first === undefined) throw new RexError('NOT_FOUND', 'No such message is held here.')
  if (meant.length > 1)
    throw new UsageError(
      'Several messages are held.',
      `Add --message with one of: ${meant.map(({ digest }) => shortId(digest)).join(', ')}.`,
    )
  return first.digest
}
