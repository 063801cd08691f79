// Measures resident memory of desks and gateways while thousands of referrals are sent and completed. docs/guide/benchmark.md, "Memory"
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resetPeak, residentMemory } from '../measure/child.ts'
import { type Organisation, startPair } from '../network/network.ts'
import type { PartyRole } from './party.ts'

/** Peak resident memory of the desks and the gateways while a quarter of the referrals is processed. Megabytes. */
export interface MemoryFigures {
  /** Number of referrals finished by the end of the quarter. */
  readonly referrals: number
  readonly senderMB: number
  readonly recipientMB: number
  readonly gatewayMB: number
  readonly perSecond: number
}

const PARTY = new URL('./party.ts', import.meta.url)
const SENDER = 'https://hotline.example'
const RECIPIENT = 'https://ngo.example'
const QUARTERS = [1, 2, 3, 4]
const IN_FLIGHT = 64

type Party = Organisation<PartyRole>

/** Measures memory while this many referrals are processed. Each counts as processed when it is finished on both sides. */
export async function measureMemory(referrals: number, profileDir?: string): Promise<MemoryFigures[]> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'rex-memory-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const { sender, recipient } = await startPair<PartyRole>(
    undo,
    { sender: SENDER, recipient: RECIPIENT },
    { directory, program: PARTY, profileDir },
  )
  const parties = [sender, recipient]
  const figures: MemoryFigures[] = []
  for (const quarter of QUARTERS) {
    await Promise.all(parties.flatMap(({ desk, gateway }) => [resetPeak(desk.pid), resetPeak(gateway.pid)]))
    const count = Math.ceil(referrals / QUARTERS.length)
    const began = performance.now()
    await sender.desk.ask('refer', { to: RECIPIENT, count, inFlight: IN_FLIGHT })
    const perSecond = (count * 1000) / (performance.now() - began)
    figures.push({ referrals: count * quarter, perSecond, ...(await peaks(sender, recipient)) })
    process.stderr.write(` ${count * quarter} at ${perSecond.toFixed(0)} per second …`)
  }
  return figures
}

async function peaks(
  sender: Party,
  recipient: Party,
): Promise<Pick<MemoryFigures, 'senderMB' | 'recipientMB' | 'gatewayMB'>> {
  const peakOf = async ({ pid }: { pid: number }) => (await residentMemory(pid)).peakMB
  return {
    senderMB: await peakOf(sender.desk),
    recipientMB: await peakOf(recipient.desk),
    gatewayMB: Math.max(await peakOf(sender.gateway), await peakOf(recipient.gateway)),
  }
}
