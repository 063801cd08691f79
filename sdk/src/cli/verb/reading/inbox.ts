// `rex-desk inbox`: list all referrals, those that wait for you first. docs/guide/rex-desk.md
import { Command } from 'commander'
import type { Desk, ThreadSummary } from '../../../client/api/desk.ts'
import { openDesk } from '../../desk.ts'
import { count } from '../../input/parsers.ts'
import { example, type Settings } from '../../settings.ts'
import { type Shell, show, showJson } from '../../shell.ts'
import { inboxLines, nothingMineLines, pressingFirst } from '../../view/thread/inbox.ts'

interface InboxOptions extends Settings {
  readonly mine?: boolean
  readonly limit: number
}

export function inbox(shell: Shell): Command {
  const command = new Command('inbox')
    .summary('list referrals, your tasks first')
    .description('Lists referrals, your tasks first. With --json: one line each.')
    .option('--mine', 'only those where you owe the next step')
    .option('--limit <number>', 'list at most this many: soonest due first, then last changed', count(1), 200)
    .addHelpText('after', example('rex-desk inbox --mine'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, { mine = false, limit, ...settings }: InboxOptions): Promise<void> {
  await using desk = await openDesk(shell, settings)
  const viewer = { organisation: desk.organisation, now: shell.now() }
  const threads = await readInbox(desk, mine, limit)
  const isEmpty = mine && threads.length === 0
  if (settings.json !== true)
    show(shell, isEmpty ? nothingMineLines(await desk.threads({ limit })) : inboxLines(threads, viewer))
  else for (const thread of pressingFirst(threads, viewer)) showJson(shell, thread)
}

/** Reads the threads that wait for somebody separately, so that recently changed threads cannot push them out of the list. */
async function readInbox(desk: Desk, mine: boolean, limit: number): Promise<ThreadSummary[]> {
  const own = await desk.threads({ mine: true, limit })
  if (mine) return own
  const key = ({ id, counterpart }: ThreadSummary) => `${id} ${counterpart}`
  const listed = new Set(own.map(key))
  const others = (await desk.threads({ limit })).filter((thread) => !listed.has(key(thread)))
  return [...own, ...others].slice(0, Math.max(limit, own.length))
}
