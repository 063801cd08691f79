// The honest parties, in a separate process: two neighbours and the desk of the flooded gateway. docs/guide/benchmark.md, "Floods"
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import { parseEnvelope, toHex } from '@rex/sdk/core'
import { createClient, openLocalChannel } from '@rex/sdk/transport'
import { systemClock } from '../../gateway/src/clock/clock.ts'
import { connectDesk, enrol, type TestDesk } from '../../gateway/src/testing/desk.ts'
import { testSubmission } from '../../gateway/src/testing/envelope.ts'
import { pair, type TestGateway, testGateway } from '../../gateway/src/testing/gateway.ts'
import { openKeys } from '../../gateway/src/trust/keys.ts'
import { serve } from '../measure/child.ts'

/** The flooded gateway. */
export interface Victim {
  readonly organisation: string
  readonly address: string
  /** The gateway's directory, which contains its keys. */
  readonly directory: string
  /** Token with which the gateway's desk enrols. */
  readonly token: string
}

/** Result of an exchange. */
export interface Exchange {
  /** Times from a desk's submission to arrival at the other desk, sorted. Milliseconds. */
  readonly latencies: readonly number[]
  /** Envelopes that had not arrived at the timeout. */
  readonly missing: number
}

const NEIGHBOURS = ['https://neighbour-1.example', 'https://neighbour-2.example']
const PAUSE_MS = 80
const CLOSE_MS = 5000
const LONGEST_MS = 20_000
/** Simulated time that a desk spends on an envelope that it cannot open. */
const UNOPENABLE_MS = 0.5
const LEAST_PAUSE_MS = 2

/** A desk with its streams, able to send and receive. */
interface Party {
  readonly organisation: string
  readonly desk: TestDesk
  submissions: Awaited<ReturnType<TestDesk['submit']>>
}

const arrived = new Map<string, () => void>()
const neighbours: TestGateway[] = []
const parties: Party[] = []
let victim: Victim
let victimDesk: TestDesk

const role = {
  /** Creates and pairs the honest parties. Returns the statement of the flooded gateway's organisation. */
  async start(flooded: Victim): Promise<string> {
    victim = flooded
    const { organisation, address, directory } = victim
    const keys = await openKeys({ organisation, directory: join(directory, 'keys'), clock: systemClock })
    const pin = { organisation, address, authority: keys.authority().certificate }
    const identity = await enrol(victim.token, pin)
    victimDesk = connectDesk(pin, identity)
    const statement = await victimDesk.publish()
    neighbours.push(...(await Promise.all(NEIGHBOURS.map((name) => testGateway(name)))))
    for (const neighbour of neighbours)
      await pair(neighbour, { organisation, desk: victimDesk } as TestGateway)
    parties.push(await open(organisation, victimDesk))
    for (const { organisation: name, desk } of neighbours) parties.push(await open(name, desk))
    return statement
  },
  /** Pairs the attacker with the flooded gateway. */
  async pairAttacker(statement: string): Promise<void> {
    await victimDesk.pair(statement)
  },
  /** Sends an envelope through the flooded gateway, so that this gateway dials the recipient. */
  async sendTo(recipient: string): Promise<void> {
    const { organisation, submissions } = parties[0] as Party
    await submissions.send(testSubmission({ sender: organisation, recipient }))
  },
  /** Exchanges envelopes for a while, in both directions with each neighbour. */
  async exchange(ms: number): Promise<Exchange> {
    const latencies: number[] = []
    const sent: Promise<void>[] = []
    let missing = 0
    const [own, ...others] = parties as [Party, ...Party[]]
    const directions = others.flatMap((other) => [[own, other] as const, [other, own] as const])
    const ends = performance.now() + ms
    for (let i = 0; performance.now() < ends; i++) {
      const [from, to] = directions[i % directions.length] as (typeof directions)[0]
      const began = performance.now()
      sent.push(
        submit(from, to.organisation).then(
          () => void latencies.push(performance.now() - began),
          () => void missing++,
        ),
      )
      await sleep(PAUSE_MS / directions.length)
    }
    await Promise.all(sent)
    return { latencies: latencies.sort((a, b) => a - b), missing }
  },
  /** Returns the time from a restart of the gateway until an envelope from each neighbour has got through. Milliseconds. */
  async comeBack(): Promise<number> {
    const began = performance.now()
    await reopen()
    const own = parties[0] as Party
    const through = parties.slice(1).map((party) => submit(party, own.organisation))
    const done = Promise.allSettled(through)
    const retrying = new AbortController()
    void retry(retrying.signal)
    await done
    retrying.abort()
    return performance.now() - began
  },
  /**
   * Enrols a desk with a token. Returns how long that took; if refused, returns the longest permitted time.
   * Milliseconds.
   */
  async enrol(token: string): Promise<number> {
    const { organisation, address, directory } = victim
    const keys = await openKeys({ organisation, directory: join(directory, 'keys'), clock: systemClock })
    const began = performance.now()
    const pin = { organisation, address, authority: keys.authority().certificate }
    const enrolled = await enrol(token, pin).catch(() => undefined)
    return enrolled ? performance.now() - began : LONGEST_MS
  },
}

export type NeighboursRole = typeof role

async function open(organisation: string, desk: TestDesk): Promise<Party> {
  return { organisation, desk, submissions: await openStreams(organisation, desk) }
}

async function openStreams(organisation: string, desk: TestDesk) {
  const fence = await desk.lease()
  void receive(organisation, desk, fence).catch(() => {})
  const submissions = await desk.submit(fence)
  submissions.ended.catch(() => {})
  return submissions
}

/** Reopens the streams of the desk whose gateway restarted. */
async function reopen(): Promise<void> {
  const party = parties[0] as Party
  for (;;) {
    try {
      party.submissions = await openStreams(party.organisation, party.desk)
      return
    } catch {
      await sleep(100)
    }
  }
}

/**
 * Receives all items. Simulates the time that a desk spends on an envelope from the attacker, which it cannot open. A timer takes at
 * least a millisecond, so the function sleeps once for several envelopes.
 */
async function receive(organisation: string, desk: TestDesk, fence: number): Promise<void> {
  const stream = desk.receive(fence, 128)
  let owedMs = 0
  for (;;) {
    const { content, cursor } = await stream.next()
    if (content?.$case === 'stored') {
      const { routing } = parseEnvelope(content.value.envelope)
      arrived.get(`${toHex(routing.envelopeId)} ${organisation}`)?.()
      if (!known(routing.sender)) {
        owedMs += UNOPENABLE_MS
        const began = performance.now()
        if (owedMs >= LEAST_PAUSE_MS) owedMs -= await sleep(owedMs).then(() => performance.now() - began)
        stream.settle([], [], [cursor])
        continue
      }
    }
    if (cursor > 0) stream.settle([cursor])
  }
}

function known(organisation: string): boolean {
  return parties.some((party) => party.organisation === organisation)
}

/** Submits an envelope; resolves when it has arrived at the recipient's desk. */
async function submit(from: Party, recipient: string): Promise<void> {
  const envelopeId = randomBytes(16)
  const submission = testSubmission({ sender: from.organisation, recipient, envelopeId })
  const key = `${toHex(envelopeId)} ${recipient}`
  const there = Promise.withResolvers<void>()
  arrived.set(key, there.resolve)
  const timer = setTimeout(() => there.reject(new Error('It did not arrive.')), LONGEST_MS)
  try {
    await from.submissions.send(submission)
    await there.promise
  } finally {
    clearTimeout(timer)
    arrived.delete(key)
  }
}

/** Makes the gateway of each neighbour retry immediately, as its operator could. */
async function retry(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const { gateway } of neighbours) {
      const channel = openLocalChannel(gateway.adminSocket)
      await createClient(AdminServiceDefinition, channel)
        .retry({ organisation: '' })
        .catch(() => {})
      channel.close()
    }
    await sleep(250)
  }
}

/** Closes all parties, without waiting long. */
async function close(): Promise<void> {
  for (const { desk } of parties) desk.close()
  const closed = Promise.all(neighbours.map((neighbour) => neighbour[Symbol.asyncDispose]()))
  await Promise.race([closed, sleep(CLOSE_MS)])
}

serve(role, close)
