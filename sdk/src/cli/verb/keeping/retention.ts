// `rex-desk retention`: show what the retention rules will erase, and when. docs/guide/rex-desk.md, "Erasing"

import { Command } from 'commander'
import type { RetainedThread } from '../../../client/api/erasure.ts'
import { openDesk } from '../../desk.ts'
import { label, t } from '../../language/language.ts'
import { dim, type Line, warn } from '../../output/lines.ts'
import { localTime } from '../../output/time.ts'
import { example, type Settings } from '../../settings.ts'
import { type Shell, show, showJson } from '../../shell.ts'
import { shortId, words } from '../../view/words.ts'

const MOST = 1000

export function retention(shell: Shell): Command {
  return new Command('retention')
    .summary('see what the retention rules will erase, and when')
    .description(
      `Lists what the rules of retention.json in the desk directory will erase within 30 days, up to ${MOST}. This command erases nothing. ` +
        'With --json: one line each.',
    )
    .option('--preview', 'the same; for scripts that say so')
    .addHelpText('after', example('rex-desk retention --preview'))
    .action((_, command: Command) => run(shell, command.optsWithGlobals()))
}

async function run(shell: Shell, settings: Settings): Promise<void> {
  await using desk = await openDesk(shell, settings)
  const threads = await desk.retention({ limit: MOST })
  if (settings.json === true) for (const thread of threads) showJson(shell, thread)
  else if (threads.length === 0) show(shell, [t`Nothing will be erased within 30 days.`])
  else show(shell, threads.map(lineOf))
}

function lineOf({ id, ref, kind, state, eraseMs, keptBy }: RetainedThread): Line {
  return [
    `${shortId(id)}  `,
    keptBy === undefined ? t`erased from ${localTime(eraseMs)} on` : warn(t`kept: ${keptBy}`),
    dim(
      `  ${label('referral-kind', kind)}, ${words(state)}${ref === undefined ? '' : t`, your ref. ${ref}`}`,
    ),
  ]
}
