// The gateway of an organisation that the suite plays. A case performs all actions that this gateway does not perform automatically.
// docs/spec/delivery.md
import { randomBytes } from 'node:crypto'
import { ErrorReason } from '@rex/proto/core/v1/error'
import type {
  AnnounceRequest,
  DeliverRequest,
  DeliverResponse,
  Hello,
  Outcome,
} from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition, EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { storedReceipt } from '../generate/cases/receipts.ts'
import { createEvents, type Events } from './events.ts'
import { type ClientCall, connect, type Dial } from './grpc/client.ts'
import { refusal } from './grpc/messages.ts'
import { type Listen, type Listener, listen, type ServerCall, serving } from './grpc/server.ts'
import type { Organisation } from './organisation.ts'
import { readEnvelope } from './read.ts'

const MOST = 2_097_152

/** An envelope that arrived on a link. */
export interface Arrival {
  readonly bytes: Uint8Array
  /** Position of the envelope on the link, from 1. */
  readonly sequence: number
  readonly link: IncomingLink
}

/** A `Deliver` stream on which the gateway under test sends. */
export interface IncomingLink {
  /** The greeting of the gateway under test. */
  readonly hello: Hello
  /** Sends this number of bytes that the other side did not request. */
  babble(bytes: number): void
  answer(outcome: Outcome): void
  /** Resets the stream without a status. */
  cut(): void
  readonly ended: Promise<void>
}

/** Behaviour of a peer. */
export interface PeerPlan {
  /** Values of the peer's greeting that replace the usual values. */
  readonly hello?: Partial<Hello>
  /** Whether the peer stores every envelope automatically. Default: the case answers each envelope. */
  readonly stores?: boolean
  /** Deviations from a correct listener. */
  readonly listen?: Partial<Listen>
}

/** A running peer. */
export interface PeerGateway {
  readonly organisation: Organisation
  readonly listener: Listener
  readonly links: Events<IncomingLink>
  readonly arrivals: Events<Arrival>
  readonly announcements: Events<AnnounceRequest>
  /** The entity configuration with which the peer answers `GetEntityConfiguration`. */
  statement: string
  /** The peer's greeting, which a case may change. Without a time, the peer states the time of the organisation's clock. */
  hello: Partial<Hello>
  stores: boolean
}

/** Starts a peer. `clients`: the authorities of the gateways that may call it, DER. */
export async function startPeer(
  organisation: Organisation,
  clients: readonly Uint8Array[],
  plan: PeerPlan = {},
): Promise<PeerGateway> {
  const links = createEvents<IncomingLink>(`a link to ${organisation.organisation}`)
  const arrivals = createEvents<Arrival>(`an envelope for ${organisation.organisation}`)
  const announcements = createEvents<AnnounceRequest>(`an announcement to ${organisation.organisation}`)
  const handlers = new Map([
    serving(DeliveryServiceDefinition, DeliveryServiceDefinition.methods.deliver, (call) =>
      receive(call, peer),
    ),
    serving(EntityServiceDefinition, EntityServiceDefinition.methods.announce, async (call) => {
      const said = await call.read()
      if (said !== undefined) announcements.add(said)
      call.write({})
      call.finish()
    }),
    serving(EntityServiceDefinition, EntityServiceDefinition.methods.getEntityConfiguration, async (call) => {
      await call.read()
      if (peer.statement === '')
        return call.finish(refusal('NOT_FOUND', 'UNKNOWN_ORGANISATION', { retryable: true }))
      call.write({ entityConfiguration: peer.statement })
      call.finish()
    }),
  ])
  const listener = await listen({ identity: organisation.gateway(), clients, handlers, ...plan.listen })
  const peer: PeerGateway = {
    organisation,
    listener,
    links,
    arrivals,
    announcements,
    statement: organisation.statement([listener.address]),
    hello: { incarnation: randomBytes(16), ...plan.hello },
    stores: plan.stores ?? false,
  }
  return peer
}

/** Returns a correct greeting, in which the values that `peer` sets replace the usual ones. */
export function helloOf(peer?: Pick<PeerGateway, 'organisation' | 'hello'>): Hello {
  return {
    versions: [1],
    maxEnvelopeBytes: MOST,
    window: 64,
    build: 'reference peer',
    incarnation: randomBytes(16),
    timeMs: peer?.organisation.clock() ?? Date.now(),
    ...peer?.hello,
  }
}

/** A link on which the peer sends. */
export interface OutgoingLink {
  readonly call: ClientCall<DeliverRequest, DeliverResponse>
  close(): void
}

/** Connects to the gateway under test and opens `Deliver`, without sending anything yet. */
export async function openLink(dial: Dial): Promise<OutgoingLink> {
  const connection = await connect(dial)
  const call = connection.open(DeliveryServiceDefinition, DeliveryServiceDefinition.methods.deliver)
  return { call, close: () => connection.close() }
}

/** Deviations from a correct receipt. */
export interface ReceiptPlan {
  readonly envelopeId?: Uint8Array
  readonly envelopeDigest?: Uint8Array
  readonly sender?: string
  readonly recipient?: string
  readonly storedMs?: number
}

/** Makes the outcome *stored* for an envelope. */
export function storedOutcome(
  { receipt, clock }: Organisation,
  { bytes, sequence }: Arrival,
  plan: ReceiptPlan = {},
): Outcome {
  const { routing, digest: envelopeDigest } = readEnvelope(bytes)
  const { envelopeId, sender, recipient } = routing
  const said = { envelopeId, envelopeDigest, sender, recipient, storedMs: clock(), ...plan }
  const { header, payload, signature } = storedReceipt(said, { signer: receipt, kid: receipt.thumbprint })
  const stored = { protected: header, payload, signature }
  return { sequence, result: { $case: 'stored', value: stored }, urgentOverBudget: false }
}

/** Makes the outcome *refused* for an envelope. `reason`: a name, or an undefined number. */
export function refusedOutcome(
  sequence: number,
  {
    reason,
    retryable = false,
    metadata = {},
  }: { reason: string | number; retryable?: boolean; metadata?: object },
): Outcome {
  const number = typeof reason === 'number' ? reason : ErrorReason[reason as keyof typeof ErrorReason]
  const entries = Object.entries(metadata).map(([key, value]) => ({ key, value: String(value) }))
  const detail = {
    reason: number as ErrorReason,
    message: `refused: ${reason}`,
    retryable,
    metadata: entries,
  }
  return { sequence, result: { $case: 'refused', value: detail }, urgentOverBudget: false }
}

async function receive(call: ServerCall<DeliverRequest, DeliverResponse>, peer: PeerGateway): Promise<void> {
  const first = await call.read()
  if (first?.content?.$case !== 'hello') return call.finish(refusal('INVALID_ARGUMENT', 'MALFORMED'))
  call.write({ content: { $case: 'hello', value: helloOf(peer) } })
  const link: IncomingLink = {
    hello: first.content.value,
    babble: (bytes) => call.connection.babble(bytes),
    answer: (outcome) => call.write({ content: { $case: 'outcome', value: outcome } }),
    cut: () => call.reset(),
    ended: call.ended,
  }
  peer.links.add(link)
  let sequence = 0
  for (let next = await call.read(); next !== undefined; next = await call.read()) {
    if (next.content?.$case !== 'envelopes') return call.finish(refusal('INVALID_ARGUMENT', 'MALFORMED'))
    for (const bytes of next.content.value.envelopes) {
      sequence += 1
      const arrival = { bytes, sequence, link }
      if (peer.stores) link.answer(storedOutcome(peer.organisation, arrival))
      else peer.arrivals.add(arrival)
    }
  }
  call.finish()
}
