// `rex-desk provide-info`: answer questions. docs/guide/rex-desk.md, "Questions and answers"

import type { Command } from 'commander'
import type { ThreadView } from '../../../client/api/thread.ts'
import { codesOf } from '../../../core/referral/index.ts'
import { UsageError } from '../../exit.ts'
import { answersDraft, parseAnswers } from '../../input/questions.ts'
import { readSections } from '../../input/referral.ts'
import { readText } from '../../input/text.ts'
import { later } from '../../language/language.ts'
import { given } from '../../settings.ts'
import type { Shell } from '../../shell.ts'
import { contentOf, threadVerb } from '../thread-verb.ts'

interface ProvideInfoOptions {
  readonly referral?: string
  readonly request?: string
}

export function provideInfo(shell: Shell): Command {
  return threadVerb<ProvideInfoOptions>(shell, {
    name: 'provide-info',
    summary: 'answer questions, on standard input or in your editor',
    example: 'echo "q1: No, it is the mother\'s." | rex-desk provide-info 7f3a91c2',
    verb: 'provideInfo',
    done: later`Answered.`,
    options: (command) =>
      command
        .option('--referral <file>', 'sections to send along: a referral file with only these sections')
        .option('--request <digest>', 'the request that you answer, if several are open'),
    run: async (thread, options, { view }) => {
      const { key, request: wanted = '' } = options
      if (key === undefined) openRequest(view, wanted)
      const absences = codesOf('absence')
      const text = await readText(shell, answersDraft(asked(view, wanted), absences))
      const referral =
        options.referral === undefined ? undefined : await readSections(shell, options.referral)
      const keyContent = contentOf([text, wanted, referral])
      // If this command is a repeat, its question is no longer open, so do not look for the question.
      if (key !== undefined && (await thread.wasDone('provideInfo', { key, keyContent }))) return
      const { request, questions } = openRequest(view, wanted)
      const answers = parseAnswers(text, questions, absences)
      await thread.provideInfo({ answers, request, keyContent, ...given({ referral }) })
    },
  })
}

/** Returns the open questions of the requests whose digest begins with `wanted`. */
function asked({ openQuestions }: ThreadView, wanted: string): ThreadView['openQuestions'] {
  return openQuestions.filter(({ request }) => request.startsWith(wanted))
}

/** Returns the request to answer, with its open questions. */
function openRequest(
  view: ThreadView,
  wanted: string,
): { request: string; questions: ThreadView['openQuestions'] } {
  const requests = [...new Set(asked(view, wanted).map(({ request }) => request))]
  const [request, ...others] = requests
  if (request === undefined)
    throw new UsageError(
      'No question is open here.',
      '`rex-desk note` adds a remark; `rex-desk correct` sends newer sections.',
    )
  if (others.length > 0)
    throw new UsageError(
      'Several requests are open.',
      `Choose one with --request: ${requests.map((digest) => digest.slice(0, 8)).join(', ')}.`,
    )
  return { request, questions: asked(view, request) }
}
