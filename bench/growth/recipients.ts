// Measures sealing and submitting one message to 1 to 64 recipients, and the size of the upload. docs/guide/benchmark.md, "Growth"
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Jwe } from '@rex/proto/core/v1/envelope'
import { encode, type SealedMessage, type Suite, signInvite } from '@rex/sdk/core'
import { encodeSections } from '../../sdk/src/core/referral-codec/section.ts'
import { type TestParty, testParty } from '../../sdk/src/testing/parties/party.ts'
import { GRANTED, testReferral } from '../content.ts'
import { closedLoop } from '../measure/loop.ts'
import { type Effort, interleave, median, medianRatio } from '../measure/rounds.ts'
import { recipientOf, sealReferral } from '../message.ts'
import { type Organisation, startOrganisation } from '../network/network.ts'

/** Figures for a number of recipients, and their ratios to the figures for one recipient. */
export interface RecipientFigures {
  readonly recipients: number
  /** Time from `send` until the desk's gateway has stored the message, milliseconds. */
  readonly ms: number
  readonly timeRatio: number
  /** Time spent on sealing within `ms`, milliseconds. */
  readonly sealMs: number
  readonly sealRatio: number
  /** Bytes of sealed sections in the upload. */
  readonly sectionBytes: number
  readonly bytesRatio: number
}

const COUNTS = [1, 4, 16, 64]
const MOST = Math.max(...COUNTS)
const DAY = 86_400_000
/** Address of the recipients' gateways. Nothing answers there, so only the sender's side is measured. */
const NOWHERE = '127.0.0.1:9'

/** Measures a send to increasing numbers of recipients in a suite. */
export async function measureRecipients(suite: Suite, effort: Effort): Promise<RecipientFigures[]> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'rex-recipients-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const parties = await Promise.all(Array.from({ length: MOST }, (_, i) => makeRecipient(i, suite)))
  const { gateway, desk } = await startOrganisation(directory, 'https://hotline.example')
  undo.use(gateway)
  undo.use(desk)
  await pairAll(desk, parties)
  const sealFor = await sealer(parties, suite)
  const times = await interleave(
    candidates('send', (count) =>
      desk.ask('broadcast', {
        to: parties.slice(0, count).map(({ organisation }) => organisation),
        ms: effort.ms,
      }),
    ),
    effort.rounds,
  )
  const seals = await interleave(
    candidates('seal', (count) => timeOf(() => sealFor(count), effort.ms)),
    effort.rounds,
  )
  const bytes = await Promise.all(COUNTS.map(async (count) => sectionBytes(await sealFor(count))))
  return COUNTS.map((recipients, i) => {
    const [ms, sealMs] = [times[`send ${recipients}`] as number[], seals[`seal ${recipients}`] as number[]]
    return {
      recipients,
      ms: median(ms),
      timeRatio: medianRatio(ms, times['send 1'] as number[]),
      sealMs: median(sealMs),
      sealRatio: medianRatio(sealMs, seals['seal 1'] as number[]),
      sectionBytes: bytes[i] as number,
      bytesRatio: (bytes[i] as number) / (bytes[0] as number),
    }
  })
}

function candidates(
  name: string,
  measure: (count: number) => Promise<number>,
): Record<string, () => Promise<number>> {
  return Object.fromEntries(COUNTS.map((count) => [`${name} ${count}`, () => measure(count)]))
}

function makeRecipient(index: number, suite: Suite): Promise<TestParty> {
  return testParty(`recipient-${index}`, {
    now: Date.now(),
    change: ({ party, ...draft }) => ({
      ...draft,
      party: { ...party, suites: [suite], gateway: { ...party.gateway, endpoints: [NOWHERE] } },
    }),
  })
}

async function pairAll(desk: Organisation['desk'], parties: readonly TestParty[]): Promise<void> {
  const now = Date.now()
  for (const { configuration, entity } of parties) {
    await desk.ask('pair', await signInvite(configuration.jwt, { signer: entity, now, expiresMs: now + DAY }))
  }
}

async function sealer(
  parties: readonly TestParty[],
  suite: Suite,
): Promise<(count: number) => Promise<SealedMessage>> {
  const sender = await testParty('hotline', { now: Date.now() })
  const sections = encodeSections(testReferral())
  const granted = sections.flatMap(({ type }, index) => (GRANTED.includes(type) ? [index] : []))
  const recipients = parties.map((party) => recipientOf(party, suite, granted))
  return (count) => sealReferral(sender, recipients.slice(0, count), sections)
}

async function timeOf(step: () => Promise<unknown>, ms: number): Promise<number> {
  const { perSecond } = await closedLoop({ inFlight: 1, ms }, async () => void (await step()))
  return 1000 / perSecond
}

function sectionBytes({ sealedSections }: SealedMessage): number {
  return [...sealedSections.values()].reduce((sum, { jwe }) => sum + encode(Jwe, jwe).length, 0)
}
