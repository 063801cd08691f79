// `rex-desk waitlist`: put a referral on the waiting list. docs/guide/rex-desk.md

import type { Command } from 'commander'
import { count, type TypedTime, time } from '../../input/parsers.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { textFor, textOption, threadVerb } from '../thread-verb.ts'

interface WaitlistOptions {
  readonly expected?: TypedTime
  readonly position?: number
}

export function waitlist(shell: Shell): Command {
  return threadVerb<WaitlistOptions>(shell, {
    name: 'waitlist',
    summary: 'put a referral on your waiting list',
    example: 'rex-desk waitlist 7f3a91c2 --expected 2026-04-01 --position 3',
    verb: 'waitlist',
    done: later`It is on your waiting list.`,
    options: (command) =>
      textOption(command)
        .option('--expected <time>', 'when you expect to start', time)
        .option('--position <number>', 'position in the queue, from 1', count(1)),
    run: async (thread, options) => {
      const text = await textFor(shell, options, { help: t`What should they know about the wait?` })
      await thread.waitlist(given({ expectedMs: options.expected?.ms, position: options.position, text }))
    },
  })
}
