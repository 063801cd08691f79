// `rex-desk request-info`: ask questions, before deciding or while working. docs/guide/rex-desk.md, "Questions and answers"

import type { Command } from 'commander'
import { type TypedTime, time } from '../../input/parsers.ts'
import { parseQuestions } from '../../input/questions.ts'
import { readText } from '../../input/text.ts'
import { later, t } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { threadVerb } from '../thread-verb.ts'

const help = () => [
  t`Write one question on each line.`,
  t`A question about a field can begin with its path: [people[0].languages] Which language at home?`,
]

export function requestInfo(shell: Shell): Command {
  return threadVerb<{ readonly neededBy?: TypedTime }>(shell, {
    name: 'request-info',
    summary: 'ask questions, one on each line of standard input or of your editor',
    example: 'echo "Is the telephone shared?" | rex-desk request-info 7f3a91c2 --needed-by 2d',
    verb: 'requestInfo',
    done: later`Asked.`,
    options: (command) =>
      command.option('--needed-by <time>', 'when you need the answer: a date, or 2d', time),
    run: async (thread, { neededBy }) => {
      const questions = parseQuestions(await readText(shell, { help: help() }))
      await thread.requestInfo({ questions, ...given({ neededByMs: neededBy?.ms }) })
    },
  })
}
