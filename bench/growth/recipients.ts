// What more recipients cost: sealing one message for 1 to 64 of them, and the section bytes that are uploaded. docs/guide/benchmark.md, "Growth"
import { Jwe } from '@rex/proto/core/v1/envelope'
import { encode, type SealedMessage, type Suite } from '@rex/sdk/core'
import { type TestParty, testParty } from '../../sdk/src/testing/party.ts'
import { twoSections } from '../content.ts'
import { closedLoop } from '../measure/loop.ts'
import { type Effort, interleave, median, medianRatio } from '../measure/rounds.ts'
import { recipientOf, sealReferral } from '../message.ts'

/** Figures for a number of recipients. */
export interface RecipientFigures {
  readonly recipients: number
  /** Time to seal, milliseconds. */
  readonly ms: number
  /** Bytes of sealed sections in the upload. */
  readonly sectionBytes: number
  /** Time and bytes as multiples of those for one recipient. */
  readonly timeRatio: number
  readonly bytesRatio: number
}

const COUNTS = [1, 4, 16, 64]
const CONTENT_BYTES = 4096

/** Measures sealing for more and more recipients in a suite. */
export async function measureRecipients(suite: Suite, effort: Effort): Promise<RecipientFigures[]> {
  const now = Date.now()
  const names = Array.from({ length: Math.max(...COUNTS) }, (_, i) => `recipient-${i}`)
  const sender = await testParty('hotline', { now })
  const parties = await Promise.all(names.map((name) => testParty(name, { now })))
  const sealFor = (count: number) => sealFrom(sender, parties.slice(0, count), suite)
  const times = await interleave(
    Object.fromEntries(COUNTS.map((count) => [count, () => timeOf(() => sealFor(count), effort.ms)])),
    effort.rounds,
  )
  const sizes = await Promise.all(COUNTS.map(async (count) => sectionBytes(await sealFor(count))))
  return COUNTS.map((recipients, i) => ({
    recipients,
    ms: median(times[recipients] as number[]),
    sectionBytes: sizes[i] as number,
    timeRatio: medianRatio(times[recipients] as number[], times[1] as number[]),
    bytesRatio: (sizes[i] as number) / (sizes[0] as number),
  }))
}

function sealFrom(sender: TestParty, parties: readonly TestParty[], suite: Suite): Promise<SealedMessage> {
  const recipients = parties.map((party) => recipientOf(party, suite))
  return sealReferral(sender, recipients, twoSections(CONTENT_BYTES))
}

async function timeOf(step: () => Promise<unknown>, ms: number): Promise<number> {
  const { perSecond } = await closedLoop({ inFlight: 1, ms }, async () => void (await step()))
  return 1000 / perSecond
}

function sectionBytes({ sealedSections }: SealedMessage): number {
  return [...sealedSections.values()].reduce((sum, { jwe }) => sum + encode(Jwe, jwe).length, 0)
}
