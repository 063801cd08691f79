// `rex-desk inbox`: list all referrals, those that wait for you first. docs/guide/rex-desk.md
import { Command } from 'commander'
import type { Desk, ThreadSummary, ThreadsOptions } from '../../../client/api/desk.ts'
import { openDesk } from '../../desk.ts'
import { count } from '../../input/parsers.ts'
import { example, type Settings } from '../../settings.ts'
import { type Shell, show, showJson } from '../../shell.ts'
import { inboxLines, nothingFoundLines, nothingMineLines, pressingFirst } from '../../view/thread/inbox.ts'
import { type FilterOptions, readFilters, withFilters } from './inbox-filters.ts'

interface InboxOptions extends Settings, FilterOptions {
  readonly mine?: boolean
  readonly limit: number
}

export function inbox(shell: Shell): Command {
  const command = withFilters(new Command('inbox'))
    .summary('list referrals, your tasks first')
    .description('Lists referrals, your tasks first. With --json: one line each.')
    .option('--mine', 'only those where you owe the next step')
    .option('--limit <number>', 'list at most this many: soonest due first, then last changed', count(1), 200)
    .addHelpText('after', example('rex-desk inbox --mine'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, { mine = false, limit, ...settings }: InboxOptions): Promise<void> {
  const filters = await readFilters(shell, settings)
  await using desk = await openDesk(shell, settings)
  const viewer = { organisation: desk.organisation, now: shell.now() }
  const threads = await readInbox(desk, { mine, limit, ...filters }, filters === undefined)
  if (settings.json === true) for (const thread of pressingFirst(threads, viewer)) showJson(shell, thread)
  else if (threads.length > 0) show(shell, inboxLines(threads, viewer))
  else if (filters !== undefined) show(shell, nothingFoundLines())
  else show(shell, mine ? nothingMineLines(await desk.threads({ limit })) : inboxLines(threads, viewer))
}

/**
 * Reads the inbox. Unless filters are given, reads threads that wait for this organisation separately, so that recently changed threads
 * cannot displace them.
 */
async function readInbox(desk: Desk, wanted: ThreadsOptions, isWhole: boolean): Promise<ThreadSummary[]> {
  const { mine = false, limit = 0 } = wanted
  if (mine || !isWhole) return desk.threads(wanted)
  const own = await desk.threads({ mine: true, limit })
  const key = ({ id, counterpart }: ThreadSummary) => `${id} ${counterpart}`
  const listed = new Set(own.map(key))
  const others = (await desk.threads({ limit })).filter((thread) => !listed.has(key(thread)))
  return [...own, ...others].slice(0, Math.max(limit, own.length))
}
