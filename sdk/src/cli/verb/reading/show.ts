// `rex-desk show`: show one referral with its content and history. docs/guide/rex-desk.md
import { Command } from 'commander'
import type { CurrentReferral, Thread } from '../../../client/api/thread.ts'
import { findThread, openDesk } from '../../desk.ts'
import { organisation } from '../../input/parsers.ts'
import { maskReferral, maskTexts, secretsOf } from '../../output/mask/mask.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'
import { type Shown, showJson, showLines } from '../../view/thread/show.ts'

interface ShowOptions extends Settings {
  readonly with?: string
  readonly reveal?: boolean
  readonly all?: boolean
}

export function show(shell: Shell): Command {
  const command = new Command('show')
    .summary('read a referral: its state, content and history')
    .description(
      'Shows the state, content and history of a referral. Details that identify people are masked unless you reveal them.',
    )
    .argument('<thread>', 'first characters of its id, or your own reference')
    .option('--reveal', 'show names, numbers, addresses and handles')
    .option('--all', 'show long lists in full')
    .option('--with <organisation>', 'only the part with this recipient', organisation)
    .addHelpText('after', example('rex-desk show 7f3a91c2', 'rex-desk show 7f3a91c2 --reveal'))
    .action((id: string) => run(shell, id, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, id: string, options: ShowOptions): Promise<void> {
  await using desk = await openDesk(shell, options)
  const thread = await findThread(desk, id, options.with)
  const shown = await readThread(thread, tracksOf(thread, options.with), options.reveal !== true)
  const viewer = { organisation: desk.organisation, now: shell.now() }
  const extent = { most: options.all === true ? Number.POSITIVE_INFINITY : 20 }
  answer(shell, options, { value: showJson(shown), lines: showLines(shown, viewer, extent) })
}

function tracksOf(thread: Thread, chosen: string | undefined): Thread[] {
  return chosen === undefined ? thread.counterparts.map((counterpart) => thread.with(counterpart)) : [thread]
}

async function readThread(thread: Thread, tracks: readonly Thread[], mask: boolean): Promise<Shown> {
  const content = await (tracks[0] as Thread).current()
  const { events } = await thread.changes()
  const views = await Promise.all(tracks.map((track) => track.view()))
  const shown = views.map((view, i) => ({ counterpart: thread.counterparts[i] as string, view }))
  if (!mask) return { thread, masked: false, content, tracks: shown, events }
  const secrets = secretsOf(content.referral)
  return {
    thread,
    masked: true,
    content: masked(content),
    tracks: maskTexts(shown, secrets),
    events: maskTexts(events, secrets),
  }
}

function masked(content: CurrentReferral): CurrentReferral {
  return { ...content, referral: maskReferral(content.referral) }
}
