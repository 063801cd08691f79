// `rex-desk send`: preview, lint, ask, send. docs/guide/rex-desk.md

import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type { Desk } from '../../../client/api/desk.ts'
import type { DeliveryState, Thread, ThreadView } from '../../../client/api/thread.ts'
import { RexError } from '../../../core/error.ts'
import type { Draft, Referral } from '../../../core/referral/index.ts'
import { allFindings } from '../../../core/referral/lint/sending.ts'
import { threadJson } from '../../../service/item-json.ts'
import { openDesk, sendOut } from '../../desk.ts'
import { AlreadyReported, UsageError } from '../../exit.ts'
import { type ReadReferral, readReferral } from '../../input/referral.ts'
import { isolate, t } from '../../language/language.ts'
import { bad, dim, good, type Line } from '../../output/lines.ts'
import { example, given } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { errorsOf, findingLines } from '../../view/referral/findings.ts'
import { previewLines } from '../../view/referral/preview.ts'
import { DELIVERY } from '../../view/thread/thread-status.ts'
import { shortId } from '../../view/words.ts'
import { sure, yesOption } from '../sure.ts'
import { inLanguage } from './finding-language.ts'
import { type SendSettings, sendOptions, toOptions } from './send-options.ts'

const LOOK_EVERY = 200

interface SendVerbOptions extends SendSettings {
  readonly yes?: boolean
  readonly wait?: boolean
  readonly group?: boolean
}

export function send(shell: Shell): Command {
  const command = new Command('send')
    .summary('send a referral, after a preview of who gets what')
    .description(
      'Shows who gets what and the findings of the lint, asks for confirmation, and sends. A referral with errors is not sent.',
    )
    .argument('<file...>', 'the referral; - is standard input')
    .option('--group', 'the files are related, such as siblings: all are sent or none')
    .option('--wait', 'wait until every recipient has received it')
    .addHelpText(
      'after',
      example(
        'rex-desk send referral.json --to https://ngo.example --ref H-2026-17',
        'rex-desk send report.json --to https://hotline.example:triage,handling,items --to https://police.example',
        'rex-desk send yusuf.json maryam.json --group --to https://ngo.example',
      ),
    )
    .action((files: string[]) => run(shell, files, command.optsWithGlobals()))
  return yesOption(sendOptions(command))
}

async function run(shell: Shell, files: readonly string[], options: SendVerbOptions): Promise<void> {
  if (files.length > 1 && options.group !== true)
    throw new UsageError('Several files can be sent only as a group.', 'Add --group, or send one by one.')
  const read = await Promise.all(files.map((file) => readReferral(shell, file, options.dir)))
  if (options.key === undefined) for (const { referral } of read) ensureSendable(shell, referral, options)
  await using desk = await openDesk(shell, options)
  // A repeat sends nothing, so it must not fail even if a recipient has changed or gone since.
  if (!(await wasSent(desk, read, options))) {
    if (options.key !== undefined) for (const { referral } of read) ensureSendable(shell, referral, options)
    for (const one of read) await showPreview(shell, desk, { ...one, options })
    await sure(shell, options, files.length > 1 ? t`Send these ${files.length}?` : t`Send it?`)
  }
  const threads = await sendRead(desk, read, options)
  await sendOut(shell, desk)
  if (options.wait === true) for (const thread of threads) await untilReceived(shell, thread)
  const sent = await Promise.all(
    threads.map(async (thread) => ({ thread, tracks: await readTracks(thread) })),
  )
  const sentOnes = sent.map(({ thread, tracks }) => sentJson(thread, tracks))
  answer(shell, options, {
    value: options.group === true ? { group: sentOnes } : (sentOnes[0] as object),
    lines: sent.flatMap(({ thread, tracks }) => sentLines(thread, tracks)),
  })
  const states = sent.flatMap(({ tracks }) => tracks.map(({ state }) => state))
  if (states.some((state) => state === 'refused' || state === 'expired')) throw new AlreadyReported()
}

async function showPreview(
  shell: Shell,
  desk: Desk,
  { referral, explained: presets, notices, options }: ReadReferral & { readonly options: SendVerbOptions },
): Promise<void> {
  const shown = await desk.preview(referral, toOptions(options))
  const preview = {
    ...shown,
    findings: inLanguage(shown.findings, options),
    presets,
    notices: inLanguage(notices, options),
  }
  if (options.json !== true) say(shell, [...previewLines(referral, preview), ''])
}

/** Keeps the names of presets, so that a repeat under a key stays the same even if the presets have changed. */
const draftsOf = (read: readonly ReadReferral[]): Draft[] => read.map(({ draft }) => draft)

async function wasSent(
  desk: Desk,
  read: readonly ReadReferral[],
  options: SendVerbOptions,
): Promise<boolean> {
  const drafts = draftsOf(read)
  return desk.wasSent(options.group === true ? drafts : (drafts[0] as Draft), toOptions(options))
}

async function sendRead(
  desk: Desk,
  read: readonly ReadReferral[],
  options: SendVerbOptions,
): Promise<Thread[]> {
  const drafts = draftsOf(read)
  return options.group === true
    ? desk.sendGroup(drafts, toOptions(options))
    : [await desk.send(drafts[0] as Draft, toOptions(options))]
}

/** Rejects a referral with errors before the desk is opened, and shows all lint findings. */
function ensureSendable(shell: Shell, referral: Referral, options: SendVerbOptions): void {
  const found = allFindings(referral, { now: shell.now(), ...given({ confirm: options.confirm }) })
  const findings = inLanguage(found, options)
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
  say(shell, [[dim(t`Waiting until it is received. Ctrl-C ends the waiting, not the sending.`)]])
  while ((await readTracks(thread)).some(({ state }) => UNDERWAY.includes(state)))
    await sleep(LOOK_EVERY, undefined, { signal: shell.signal })
}

function sentJson(thread: Thread, tracks: readonly Track[]): object {
  return { thread: threadJson(thread), recipients: tracks }
}

function sentLines({ id }: Thread, tracks: readonly Track[]): Line[] {
  return [
    [good(t`Sent as ${shortId(id)}.`)],
    ...tracks.map(({ counterpart, state }): Line => {
      const text = `  ${isolate(counterpart)}: ${t(DELIVERY[state])}`
      return state === 'refused' || state === 'expired' ? [bad(text)] : text
    }),
  ]
}
