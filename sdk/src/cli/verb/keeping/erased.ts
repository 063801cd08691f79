// `rex-desk erased`: list the referrals that were erased here. docs/guide/rex-desk.md, "Erasing"

import { Command } from 'commander'
import type { Desk } from '../../../client/api/desk.ts'
import type { ErasedThread } from '../../../client/api/erasure.ts'
import { openDesk } from '../../desk.ts'
import { t } from '../../language/language.ts'
import type { Line } from '../../output/lines.ts'
import { localTime } from '../../output/time.ts'
import { example, type Settings } from '../../settings.ts'
import { type Shell, show, showJson } from '../../shell.ts'
import { shortId } from '../../view/words.ts'

const PAGE = 1000

export function erased(shell: Shell): Command {
  const command = new Command('erased')
    .summary('list what was erased here, when and why')
    .description('Lists erased referrals, the oldest erasure first. With --json: one line each.')
    .addHelpText('after', example('rex-desk erased'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, settings: Settings): Promise<void> {
  await using desk = await openDesk(shell, settings)
  let any = false
  for await (const thread of allOf(desk)) {
    any = true
    if (settings.json === true) showJson(shell, thread)
    else show(shell, [lineOf(thread)])
  }
  if (!any && settings.json !== true) show(shell, [t`Nothing was erased here.`])
}

async function* allOf(desk: Desk): AsyncGenerator<ErasedThread> {
  let page = await desk.erased({ limit: PAGE })
  while (page.length > 0) {
    yield* page
    page = await desk.erased({ limit: PAGE, after: page.at(-1) as ErasedThread })
  }
}

function lineOf({ id, erasedMs, reason, forced }: ErasedThread): Line {
  return [`${shortId(id)}  ${localTime(erasedMs)}  ${t(reason)}${forced ? t`, forced` : ''}`]
}
