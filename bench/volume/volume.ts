// Measures referrals of thousands of items, sent from one desk to another and closed in batches. docs/guide/benchmark.md, "Volume"
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resetPeak, residentMemory } from '../measure/child.ts'
import { median } from '../measure/rounds.ts'
import { type Organisation, startPair } from '../network/network.ts'
import type { Times, VolumeRole } from './party.ts'
import { measureSteps, type StepFigures } from './steps.ts'

/** Figures of referrals with a number of items, sent one after another through two gateways. */
export interface VolumeFigures extends Times {
  readonly items: number
  /** Peak resident memory of the sender's desk, megabytes. */
  readonly senderMB: number
  readonly recipientMB: number
  /** The higher peak resident memory of the two gateways, megabytes. */
  readonly gatewayMB: number
}

/** All figures of the volume measurement. */
export interface Volume {
  readonly steps: readonly StepFigures[]
  readonly endToEnd: readonly VolumeFigures[]
}

const PARTY = new URL('./party.ts', import.meta.url)
const SENDER = 'https://hotline.example'
const RECIPIENT = 'https://ngo.example'

type Party = Organisation<VolumeRole>

/** The numbers of items to measure, and the number of referrals for each. */
export interface VolumeExtent {
  readonly counts: readonly number[]
  readonly rounds: number
}

/** Measures the steps in one process, then whole referrals. */
export async function measureVolume({ counts, rounds }: VolumeExtent): Promise<Volume> {
  const steps: StepFigures[] = []
  for (const items of counts) steps.push(await measureSteps(items, rounds))
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'rex-volume-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const { sender, recipient } = await startPair<VolumeRole>(
    undo,
    { sender: SENDER, recipient: RECIPIENT },
    { directory, program: PARTY },
  )
  const parties: [Party, Party] = [sender, recipient]
  const endToEnd: VolumeFigures[] = []
  for (const items of counts) endToEnd.push(await measureCount(parties, items, rounds))
  return { steps, endToEnd }
}

async function measureCount(
  parties: readonly [Party, Party],
  items: number,
  rounds: number,
): Promise<VolumeFigures> {
  const [sender, recipient] = parties
  await Promise.all(parties.flatMap(({ desk, gateway }) => [resetPeak(desk.pid), resetPeak(gateway.pid)]))
  const times: Times[] = []
  for (let round = 0; round < rounds; round++)
    times.push(await sender.desk.ask('refer', { to: RECIPIENT, items }))
  const middle = (name: keyof Times) => median(times.map((each) => each[name]))
  const peakOf = async ({ pid }: { pid: number }) => (await residentMemory(pid)).peakMB
  return {
    items,
    sentMs: middle('sentMs'),
    acceptedMs: middle('acceptedMs'),
    closedMs: middle('closedMs'),
    senderMB: await peakOf(sender.desk),
    recipientMB: await peakOf(recipient.desk),
    gatewayMB: Math.max(await peakOf(sender.gateway), await peakOf(recipient.gateway)),
  }
}
