// `rex-desk watch`: show events as they happen. docs/guide/rex-desk.md

import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import type { Desk } from '../../../client/api/desk.ts'
import { openDesk } from '../../desk.ts'
import { t } from '../../language/language.ts'
import { dim, type Line } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell, say, sayIfCoreDumps, show } from '../../shell.ts'
import { inboxLines } from '../../view/thread/inbox.ts'
import { type Memory, newsJson, newsLines, readNews } from '../../view/thread/news.ts'

const LOOK_EVERY = 500
const RECENT = 50

export function watch(shell: Shell): Command {
  const command = new Command('watch')
    .summary('show events as they happen')
    .description(
      'Shows events as they happen, until Ctrl-C. It only reads and settles nothing. ' +
        'Unless `rex-desk serve` runs, other commands have to wait meanwhile.',
    )
    .addHelpText('after', example('rex-desk watch'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, settings: Settings): Promise<void> {
  sayIfCoreDumps(shell)
  await using desk = await openDesk(shell, settings)
  if (settings.json !== true) show(shell, await opening(shell, desk))
  const memory: Memory = new Map()
  await readNews(desk, memory, { recent: RECENT })
  while (await pause(shell)) {
    for (const news of await readNews(desk, memory, { recent: RECENT })) {
      const viewer = { organisation: desk.organisation, now: shell.now() }
      answer(shell, settings, { value: newsJson(news), lines: newsLines(news, viewer) })
    }
  }
}

async function opening(shell: Shell, desk: Desk): Promise<Line[]> {
  if (shell.stderr.isTTY) say(shell, [[dim(t`Watching ${desk.organisation}. Stop with Ctrl-C.`)], ''])
  const viewer = { organisation: desk.organisation, now: shell.now() }
  const mine = await desk.threads({ mine: true, limit: RECENT })
  return mine.length === 0 ? [t`Nothing waits for you.`, ''] : [...inboxLines(mine, viewer), '']
}

/** Waits before the next check. Returns false once a signal arrives or the output has no reader. */
async function pause(shell: Shell): Promise<boolean> {
  const signal = AbortSignal.any([shell.signal, shell.unread])
  return await delay(LOOK_EVERY, true, { signal }).catch(() => false)
}
