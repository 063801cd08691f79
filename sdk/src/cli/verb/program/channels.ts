// The common code of `rex-desk alerts` and `rex-desk webhooks`: list channels, list the messages that were given up,
// and send them again.
import type { ChannelsAt, ChannelsOfKind, DeadLetter } from '../../../service/index.ts'
import { UsageError } from '../../exit.ts'
import { bad, dim, good, type Line, name } from '../../output/lines.ts'
import type { Settings } from '../../settings.ts'
import { answer, type Shell, show, showJson } from '../../shell.ts'
import { shortId } from '../../view/words.ts'

/** A verb for channels of one kind. */
export interface ChannelVerb<State> {
  readonly verb: string
  /** Message if there are no channels. */
  readonly none: string
  readonly of: (channels: ChannelsAt) => ChannelsOfKind<State>
  readonly line: (state: State) => Line
}

/** The requested action: `list`, `dead` or `resend`. */
interface Wish {
  readonly what: string
  readonly named: string | undefined
}

/** Runs the verb through the running service. If no service is running, runs it directly on the files in the desk directory. */
export async function runChannels<State>(
  shell: Shell,
  { verb, none, of, line, what, named }: ChannelVerb<State> & Wish,
  settings: Settings,
): Promise<void> {
  const { channelsAt } = await import('../../../service/index.ts')
  const found = await channelsAt(settings.dir)
  const channels = of(found)
  if (what === 'list') {
    const all = await channels.list()
    if (settings.json === true) for (const state of all) showJson(shell, state)
    else show(shell, all.length === 0 ? [none] : all.map(line))
    return
  }
  if (named === undefined)
    throw new UsageError('The name is missing.', `\`rex-desk ${verb}\` lists the names.`)
  if (what === 'resend') {
    const count = await channels.resend(named)
    const when = found.isServed ? 'Sent again: ' : 'Sent again once `rex-desk serve` runs: '
    answer(shell, settings, { value: { name: named, count }, lines: [[good(when), `${count}.`]] })
    return
  }
  const letters = await channels.dead(named)
  if (settings.json === true) for (const letter of letters) showJson(shell, letter)
  else show(shell, letters.length === 0 ? [[good('Nothing was given up.')]] : letters.map(deadLine))
}

function deadLine({ kind, alert, thread, attempts, failure }: DeadLetter): Line {
  return [
    name(alert ?? kind),
    thread === undefined ? '' : `  ${shortId(thread)}`,
    bad(`  ${failure}`),
    dim(`  ${attempts} attempts`),
  ]
}
