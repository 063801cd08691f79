// `rex-desk send`: preview, lint, ask, send. docs/guide/rex-desk.md
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type { DeliveryState, Thread, ThreadView } from '../../client/api.ts'
import { RexError } from '../../core/error.ts'
import { lint, type Referral } from '../../core/referral/index.ts'
import { openDesk, sendOut } from '../desk.ts'
import { AlreadyTold } from '../exit.ts'
import { readReferral } from '../input/referral.ts'
import { bad, dim, good, type Line, name } from '../output/lines.ts'
import { example } from '../settings.ts'
import { answer, type Shell, say } from '../shell.ts'
import { errorsOf, findingLines } from '../view/findings.ts'
import { threadJson } from '../view/item.ts'
import { previewLines } from '../view/preview.ts'
import { DELIVERY } from '../view/stand.ts'
import { shortId } from '../view/words.ts'
import { type SendSettings, sendOptions, toOptions } from './send-options.ts'
import { sure, yesOption } from './sure.ts'

const LOOK_EVERY = 200

interface SendVerbOptions extends SendSettings {
  readonly yes?: boolean
  readonly wait?: boolean
}

export function send(shell: Shell): Command {
  const command = new Command('send')
    .summary('send a referral, after showing who gets what')
    .description(
      'Shows who gets what and what the lint says, asks, and sends. A referral with errors is not sent.',
    )
    .argument('<file>', 'the referral; - is standard input')
    .option('--wait', 'wait until every recipient has received it')
    .addHelpText(
      'after',
      example(
        'rex-desk send referral.json --to https://ngo.example --ref H-2026-17',
        'rex-desk send report.json --to https://hotline.example:triage,handling,items --to https://police.example',
      ),
    )
    .action((file: string) => run(shell, file, command.optsWithGlobals()))
  return yesOption(sendOptions(command))
}

async function run(shell: Shell, file: string, options: SendVerbOptions): Promise<void> {
  const { referral, explained: presets } = await readReferral(shell, file, options.dir)
  ensureSendable(shell, referral)
  await using desk = await openDesk(shell, options)
  const preview = { ...(await desk.preview(referral, toOptions(options))), presets }
  if (options.json !== true) say(shell, [...previewLines(referral, preview), ''])
  await sure(shell, options, 'Send it?')
  const thread = await desk.send(referral, toOptions(options))
  await sendOut(shell, desk)
  if (options.wait === true) await untilReceived(shell, thread)
  const tracks = await readTracks(thread)
  answer(shell, options, { value: sentJson(thread, tracks), lines: sentLines(thread, tracks) })
  if (tracks.some(({ state }) => state === 'refused' || state === 'expired')) throw new AlreadyTold()
}

/** Refuses a referral with errors before the desk is opened, and shows all that the lint found. */
function ensureSendable(shell: Shell, referral: Referral): void {
  const findings = lint(referral, { now: shell.now() })
  const [first] = errorsOf(findings)
  if (first === undefined) return
  say(shell, [...findingLines(findings), ''])
  throw new RexError('INVALID_REFERRAL', `Nothing was sent: ${first.path} ${first.message}.`, {
    path: first.path,
    hint: first.fix,
  })
}

interface Track {
  readonly counterpart: string
  readonly state: DeliveryState
}

async function readTracks(thread: Thread): Promise<Track[]> {
  return await Promise.all(
    thread.counterparts.map(async (counterpart) => ({
      counterpart,
      state: referState(await thread.with(counterpart).view()),
    })),
  )
}

function referState({ delivery }: ThreadView): DeliveryState {
  return delivery.find(({ type }) => type === 'refer')?.state ?? 'intended'
}

const UNDERWAY: readonly DeliveryState[] = ['intended', 'submitted', 'stored']

async function untilReceived(shell: Shell, thread: Thread): Promise<void> {
  say(shell, [[dim('Waiting until it is received. Ctrl-C stops the waiting, not the sending.')]])
  while ((await readTracks(thread)).some(({ state }) => UNDERWAY.includes(state)))
    await sleep(LOOK_EVERY, undefined, { signal: shell.signal })
}

function sentJson(thread: Thread, tracks: readonly Track[]): object {
  return { thread: threadJson(thread), recipients: tracks }
}

function sentLines({ id }: Thread, tracks: readonly Track[]): Line[] {
  return [
    [good('Sent'), ' as ', name(shortId(id)), '.'],
    ...tracks.map(({ counterpart, state }): Line => {
      const text = `  ${counterpart}: ${DELIVERY[state]}`
      return state === 'refused' || state === 'expired' ? [bad(text)] : text
    }),
  ]
}
