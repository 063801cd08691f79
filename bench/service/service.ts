// Measures a desk service: calls over HTTP, webhooks and memory. docs/guide/benchmark.md, "Service"
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Child, resetPeak, residentMemory, startChild, withCpu } from '../measure/child.ts'
import type { Throughput } from '../measure/loop.ts'
import { type Effort, interleave, median, medianRatio } from '../measure/rounds.ts'
import { type Organisation, startPair } from '../network/network.ts'
import { PASSPHRASE } from '../network/party.ts'
import type { ClientRole } from './client.ts'
import type { EmptyRole } from './empty.ts'
import type { HolderRole } from './holder.ts'
import { type Program, startProgram } from './program.ts'
import { measureWebhook, startReceiver, type WebhookFigures } from './webhook.ts'

/** Rates at which referrals become durable at the desk, 64 in flight. */
interface SendFigures {
  /** Referrals per second by calls to the embedded desk. */
  readonly embeddedPerSecond: number
  /** Referrals per second by calls to the service, from a separate process. */
  readonly httpPerSecond: number
  /** Median over the rounds of the time of a call to the service divided by that of a call to the embedded desk. */
  readonly ratio: number
  /** CPU time for a referral: of the desk alone, and of desk and client together. Milliseconds. */
  readonly embeddedCpuMs: number
  readonly httpCpuMs: number
}

/** Peak resident memory of the services while a quarter of the referrals is processed. Megabytes. */
interface QuarterFigures {
  /** Referrals finished by the end of the quarter. */
  readonly referrals: number
  readonly senderMB: number
  readonly recipientMB: number
  readonly perSecond: number
}

/** All figures of a service. */
export interface ServiceFigures {
  /** Figures while the referrals are delivered. */
  readonly send: SendFigures
  /** Figures while nothing is delivered, because the sender's gateway is paused. */
  readonly held: SendFigures
  readonly webhook: WebhookFigures
  /** Resident memory of an idle service, and of a process that does nothing. Megabytes. */
  readonly idleMB: number
  readonly floorMB: number
  readonly quarters: readonly QuarterFigures[]
}

/** The number and duration of the measurements. */
export interface ServiceExtent {
  readonly send: Effort
  /** Number of changes, each of which is posted to a webhook. */
  readonly changes: number
  /** How long a service is idle before its memory is read. Milliseconds. */
  readonly idleMs: number
  readonly referrals: number
}

type Holder = Organisation<HolderRole>

const HOLDER = new URL('./holder.ts', import.meta.url)
const CLIENT = new URL('./client.ts', import.meta.url)
const EMPTY = new URL('./empty.ts', import.meta.url)
const SENDER = 'https://hotline.example'
const RECIPIENT = 'https://ngo.example'
const IN_FLIGHT = 64
const QUARTERS = [1, 2, 3, 4]
/** Number of warm-up rounds of each kind, which are not counted. docs/guide/benchmark.md, "End to end" */
const WARM_UP = 6

/** Measures a service. */
export async function measureService(extent: ServiceExtent): Promise<ServiceFigures> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'rex-service-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const { sender, recipient } = await startPair<HolderRole>(
    undo,
    { sender: SENDER, recipient: RECIPIENT },
    { directory, program: HOLDER },
  )
  const deskOf = (name: 'sender' | 'recipient') => join(directory, name, 'desk')
  const { send, held } = await measureSends(sender, deskOf('sender'), extent.send)
  const webhook = await measureWebhooks(sender, deskOf('sender'), extent.changes)
  await Promise.all([sender, recipient].map(({ desk }) => desk[Symbol.asyncDispose]()))
  const passphrase = join(directory, 'passphrase')
  await writeFile(passphrase, PASSPHRASE, { mode: 0o600 })
  const services = [
    undo.use(await startProgram(deskOf('sender'), passphrase)),
    undo.use(await startProgram(deskOf('recipient'), passphrase)),
  ] as const
  const memory = await measureIdle(services[0], extent.idleMs)
  return { send, held, webhook, ...memory, quarters: await measureQuarters(services, extent.referrals) }
}

/**
 * Sends through one desk, alternately by calls in the desk's process and by calls to its service; then again while its
 * gateway is paused.
 */
async function measureSends(
  { desk, gateway }: Holder,
  directory: string,
  effort: Effort,
): Promise<Record<'send' | 'held', SendFigures>> {
  await using client = startChild<ClientRole>(CLIENT)
  await client.ask('connect', await desk.ask('serve', { directory }))
  const senders = { embedded: desk, http: client }
  const measured = async (which: Which): Promise<Sent> => {
    const load = { to: RECIPIENT, inFlight: IN_FLIGHT, ms: effort.ms }
    const by = senders[which] as Child<HolderRole>
    return withCpu(which === 'http' ? [desk, client] : [desk], () => by.ask('send', load))
  }
  const delivering = async (which: Which) => settled(desk, await measured(which))
  const holding = async (which: Which) => {
    process.kill(gateway.pid, 'SIGSTOP')
    const sent = await measured(which).finally(() => process.kill(gateway.pid, 'SIGCONT'))
    return settled(desk, sent)
  }
  for (let round = 1; round < effort.rounds && round < WARM_UP; round++) {
    await delivering('embedded')
    await delivering('http')
  }
  return { send: await compare(delivering, effort.rounds), held: await compare(holding, effort.rounds) }
}

type Which = 'embedded' | 'http'
type Sent = Throughput & { readonly cpuMs: number }

/** Waits until everything is delivered to the gateway, and returns `sent`, the figures of the round before. */
async function settled(desk: Child<HolderRole>, sent: Sent): Promise<Sent> {
  await desk.ask('settle', undefined)
  return sent
}

/** Measures both kinds of calls in alternating rounds. */
async function compare(measured: (which: Which) => Promise<Sent>, rounds: number): Promise<SendFigures> {
  const cpu = { embedded: [] as number[], http: [] as number[] }
  const round = (which: Which) => async () => {
    const { perSecond, cpuMs } = await measured(which)
    cpu[which].push(cpuMs)
    return perSecond
  }
  const rates = await interleave({ embedded: round('embedded'), http: round('http') }, rounds)
  return {
    embeddedPerSecond: median(rates.embedded),
    httpPerSecond: median(rates.http),
    ratio: medianRatio(rates.embedded, rates.http),
    embeddedCpuMs: median(cpu.embedded.slice(-rounds)),
    httpCpuMs: median(cpu.http.slice(-rounds)),
  }
}

/** Restarts the service with a webhook, and sends referrals one by one. */
async function measureWebhooks(
  { desk }: Holder,
  directory: string,
  changes: number,
): Promise<WebhookFigures> {
  await using receiver = await startReceiver()
  await using client = startChild<ClientRole>(CLIENT)
  await client.ask('connect', await desk.ask('serve', { directory, webhook: receiver.url }))
  return await measureWebhook(receiver, changes, () =>
    client.ask('send', { to: RECIPIENT, inFlight: 1, ms: 0 }),
  )
}

async function measureIdle(
  service: Program,
  idleMs: number,
): Promise<Pick<ServiceFigures, 'idleMB' | 'floorMB'>> {
  await using empty = startChild<EmptyRole>(EMPTY)
  await empty.ask('ready', undefined)
  await pause(idleMs)
  const [idle, floor] = await Promise.all([residentMemory(service.pid), residentMemory(empty.pid)])
  return { idleMB: idle.nowMB, floorMB: floor.nowMB }
}

/** Sends, accepts and completes referrals through both services, as the part `memory` does through embedded desks. */
async function measureQuarters(services: readonly Program[], referrals: number): Promise<QuarterFigures[]> {
  await using undo = new AsyncDisposableStack()
  const clients: Child<ClientRole>[] = []
  for (const { socket } of services) {
    const client = undo.use(startChild<ClientRole>(CLIENT))
    await client.ask('connect', socket)
    await client.ask('take', undefined)
    clients.push(client)
  }
  const count = Math.ceil(referrals / QUARTERS.length)
  const quarters: QuarterFigures[] = []
  for (const quarter of QUARTERS) {
    await Promise.all(services.map(({ pid }) => resetPeak(pid)))
    const began = performance.now()
    await clients[0]?.ask('refer', { to: RECIPIENT, count, inFlight: IN_FLIGHT })
    const perSecond = (count * 1000) / (performance.now() - began)
    const [senderMB = Number.NaN, recipientMB = Number.NaN] = await Promise.all(
      services.map(async ({ pid }) => (await residentMemory(pid)).peakMB),
    )
    quarters.push({ referrals: count * quarter, perSecond, senderMB, recipientMB })
  }
  return quarters
}
