// Steps of the peers: sending to the gateway under test, and receiving from it.
import { createPublicKey, verify } from 'node:crypto'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Jws } from '@rex/proto/core/v1/envelope'
import { StoredReceipt } from '@rex/proto/core/v1/receipt'
import { type BuiltEnvelope, type EnvelopePlan, makeEnvelope } from '../../peer/envelope.ts'
import {
  type Arrival,
  helloOf,
  type IncomingLink,
  openLink,
  refusedOutcome,
  startPeer,
  storedOutcome,
} from '../../peer/gateway.ts'
import { readEnvelope } from '../../peer/read.ts'
import { VECTORS } from '../../suite/folders.ts'
import { BadFile, readJson } from '../../suite/read.ts'
import { type Input, inTime, nextOn, refusal, streamOf, type Verb } from './streams.ts'
import type { World } from './world.ts'

/** Makes an envelope. `from`, `to`: names of peers, or `own`. `ageMs`: age of the envelope. `lifeMs`: time from creation to expiry. */
export function envelopeOf(world: World, input: Input): BuiltEnvelope {
  const { from = 'own', to = 'own', sender, recipient, id, ageMs = 0, lifeMs, ...plan } = input
  const createdMs = world.now() - ageMs
  return makeEnvelope({
    ...(plan as Partial<EnvelopePlan>),
    sender: sender ?? organisationOf(world, from),
    recipient: recipient ?? organisationOf(world, to),
    createdMs,
    ...(id && { envelopeId: id }),
    ...(lifeMs !== undefined && { expiresMs: createdMs + lifeMs }),
  })
}

function organisationOf(world: World, name: string): string {
  return name === 'own' ? world.organisation : world.peer(name).organisation.organisation
}

/** Number of bytes of an envelope that occur nowhere else. */
const UNIQUE = 32

/** Returns an envelope as the result of a step. `middle`: some bytes of its content. */
export function described({ bytes, routing, digest }: BuiltEnvelope): object {
  const { envelopeId: id, sender, recipient, expiresMs, createdMs, lane } = routing
  const middle = Math.floor(bytes.length / 2)
  return {
    bytes,
    middle: bytes.subarray(middle, middle + UNIQUE),
    id,
    digest,
    sender,
    recipient,
    createdMs,
    expiresMs,
    lane: lane === 2 ? 'urgent' : 'routine',
  }
}

/**
 * Reads a stored receipt of the gateway under test, and verifies its signature with the key that the
 * receipt's header names. If the gateway has not announced this key to its desk, uses its first key.
 */
export function readReceipt(world: World, { protected: header, payload, signature }: Jws): object {
  const { kid } = JSON.parse(Buffer.from(header).toString())
  const x = Buffer.from(world.receiptKeys.get(kid) ?? world.own.receiptKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  const input = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.')
  const signed = verify(null, Buffer.from(input), key, signature)
  return { ...StoredReceipt.decode(payload), header: Buffer.from(header).toString(), kid, signature, signed }
}

function outcomeOf(world: World, answer: Input): Input {
  const { outcome } = answer
  if (outcome?.stored) outcome.stored = readReceipt(world, outcome.stored)
  if (outcome?.refused) outcome.refused = refusal(outcome.refused)
  return outcome ?? answer
}

/**
 * Returns the next envelope. Skips envelopes on links that have ended, because nobody would read their
 * answers.
 */
async function nextArrival(world: World, at: string): Promise<Arrival> {
  for (;;) {
    const arrival = await world.peer(at).arrivals.next(world.limitMs)
    const hasEnded = arrival.link.ended.then(() => true)
    if (!(await Promise.race([hasEnded, setImmediate(false)]))) return arrival
  }
}

async function greetedLink(world: World, by: string): Promise<string> {
  if (!world.streams.has(by)) await PEER_VERBS.greet?.(world, { by, stream: by })
  return by
}

/** Envelopes that arrived at a peer, by the names that steps gave them. */
const arrived = new WeakMap<World, Map<string, Arrival>>()
const incoming = new WeakMap<World, Map<string, IncomingLink>>()

function remembered<T>(table: WeakMap<World, Map<string, T>>, world: World): Map<string, T> {
  const known = table.get(world) ?? new Map<string, T>()
  table.set(world, known)
  return known
}

/** Returns a link that the gateway opened, by the name that a step gave it. @throws BadFile */
export function linkOf(world: World, name: string): IncomingLink {
  const link = remembered(incoming, world).get(name)
  if (link === undefined) throw new BadFile(`The case has no link ${name}.`)
  return link
}

export const PEER_VERBS: Readonly<Record<string, Verb>> = {
  /** Makes an envelope without sending it. */
  envelope: async (world, input) => described(envelopeOf(world, input)),
  /** Returns the object of a vector of the codec suite. */
  vector: async (_world, { name }) => {
    const { input, expect } = readJson(join(VECTORS, 'codec', `${name}.json`)) as Input
    return { bytes: Buffer.from(input.envelope, 'base64url'), reason: expect.refused?.reason }
  },
  /**
   * Opens a link as a peer, greets, and returns the gateway's greeting. `window`: bytes that the gateway may send before the peer reads.
   * `unread`: the peer reads nothing, not even the greeting, until a later step reads. Once the peer has begun to read, Node buffers another 64
   * KiB of the stream, which widens the window by as much.
   */
  async greet(world, { by, stream = by, hello, window, unread = false, ...how }) {
    const { call, close } = await openLink({ ...world.dial(by, how), window })
    const closing = { close, closed: call.ended.then(() => undefined) }
    world.streams.set(stream, { call: call as never, connection: closing as never })
    call.write({ content: { $case: 'hello', value: { ...helloOf(world.peer(by)), ...hello } } })
    if (unread) return {}
    const answer = await nextOn(world, streamOf(world, stream), 'the greeting')
    return answer.hello ?? answer
  },
  /** Sends envelopes on a link, without waiting for their outcomes. */
  async send(world, { by, on, envelopes }) {
    const stream = on ?? (await greetedLink(world, by))
    const bytes = (envelopes as Input[]).map(
      (one) => one.bytes ?? envelopeOf(world, { from: by, ...one }).bytes,
    )
    streamOf(world, stream).call.write({
      content: { $case: 'envelopes', value: { envelopes: bytes } },
    } as never)
    return {}
  },
  /** Reads the next outcome on a link. `skip`: number of outcomes to read first and ignore. `of`: reads the next outcome of this kind. */
  async outcome(world, { on, skip = 0, of }) {
    for (let read = 0; ; read++) {
      const answer = await nextOn(world, streamOf(world, on), `an outcome on ${on}`)
      const isWanted = read >= skip && (of === undefined || of in (answer.outcome ?? {}))
      if (isWanted || answer.ended) return outcomeOf(world, answer)
    }
  },
  /** Sends one envelope and waits for its outcome. */
  async deliver(world, { by, on, envelope = {} }) {
    const stream = on ?? (await greetedLink(world, by))
    const sent = envelope.bytes ? envelope : described(envelopeOf(world, { from: by, ...envelope }))
    streamOf(world, stream).call.write({
      content: { $case: 'envelopes', value: { envelopes: [sent.bytes] } },
    } as never)
    return { ...outcomeOf(world, await nextOn(world, streamOf(world, stream), 'an outcome')), sent }
  },
  /** Waits until the gateway opens a link to a peer. */
  async linked(world, { at, as }) {
    const link = await world.peer(at).links.next(world.limitMs)
    if (as) remembered(incoming, world).set(as, link)
    return link.hello
  },
  /** Waits until an envelope arrives at a peer, on a link that has not ended. */
  async arrives(world, { at, as }) {
    const arrival = await nextArrival(world, at)
    if (as) remembered(arrived, world).set(as, arrival)
    const { routing, digest } = readEnvelope(arrival.bytes)
    const { envelopeId: id, sender, recipient, lane } = routing
    const { bytes, sequence } = arrival
    return { bytes, sequence, id, sender, recipient, digest, lane: lane === 2 ? 'urgent' : 'routine' }
  },
  /** Answers an envelope as a peer: `stored`, with changes to the receipt, or `refused`. `sequence`: replaces the correct number. */
  async answer(world, { at, arrival, stored, refused, sequence, urgentOverBudget = false }) {
    const envelope = remembered(arrived, world).get(arrival) as Arrival
    const { organisation } = world.peer(at)
    const position = { ...envelope, sequence: sequence ?? envelope.sequence }
    const outcome = refused
      ? refusedOutcome(position.sequence, refused)
      : storedOutcome(organisation, position, stored)
    envelope.link.answer({ ...outcome, urgentOverBudget })
    return {}
  },
  /** Waits until an announcement arrives at a peer. */
  async announced(world, { at }) {
    return world.peer(at).announcements.next(world.limitMs)
  },
  /** Cuts a link that the gateway opened, as its peer. */
  async cut(world, { link }) {
    linkOf(world, link).cut()
    return {}
  },
  /** Waits until a link that the gateway opened has ended. */
  async unlinked(world, { link }) {
    await inTime(world, 'the end of the link', linkOf(world, link).ended)
    return {}
  },
  /** Changes the behaviour of a peer from now on. */
  async behave(world, { at, hello = {}, statement, stores }) {
    const peer = world.peer(at)
    peer.hello = { ...peer.hello, ...hello }
    peer.stores = stores ?? peer.stores
    peer.statement = statement ?? peer.statement
    return {}
  },
  /** Sets the authorities of the gateways that may call a peer. */
  async trust(world, { at, authorities }) {
    world.peer(at).listener.trust(authorities)
    return {}
  },
  /** Makes a peer unreachable. */
  async down(world, { at }) {
    await world.peer(at).listener.close()
    return {}
  },
  /** Makes a peer listen again, at its old address or (`moved`) at a new address. */
  async up(world, { at, moved = false }) {
    const { organisation, listener, ...kept } = world.peer(at)
    const port = Number(listener.address.split(':')[1])
    const peer = await startPeer(organisation, [world.desk.authority], moved ? {} : { listen: { port } })
    peer.hello = kept.hello
    peer.stores = kept.stores
    world.peers.set(at, peer)
    return { address: peer.listener.address, statement: peer.statement }
  },
  /** Signs a statement of a peer. `signer`: the peer that signs in its place. `next`: whether the statement names the peer's next authority. */
  async statement(world, { at, aheadMs = 0, signer = at, next = false }) {
    const { organisation, listener } = world.peer(at)
    const { certificate } = organisation.further.next
    const change = (claims: Input) => {
      claims.iat += Math.round(aheadMs / 1000)
      if (next) claims.metadata.rex_party.gateway.next_ca = Buffer.from(certificate).toString('base64url')
    }
    return {
      statement: organisation.statement([listener.address], change, world.peer(signer).organisation.entity),
    }
  },
  /** Counts the envelopes and links at a peer that no step has taken yet. */
  async pending(world, { at }) {
    const { arrivals, links } = world.peer(at)
    return { count: arrivals.waiting.length, links: links.waiting.length }
  },
  /** Waits until a connection to a peer fails. */
  async turnedAway(world, { at }) {
    return { failed: await world.peer(at).listener.failures.next(world.limitMs) }
  },
  /** Pairs with a peer. */
  async pair(world, { at }) {
    await world.pair(world.peer(at))
    return {}
  },
}
