// Delivery to other gateways: a queue for each organisation, kept apart from the others (T-092). docs/spec/delivery.md, "Sending"
import { ErrorDetail } from '@rex/proto/core/v1/error'
import { encode, LIMITS } from '@rex/sdk/core'
import { toErrorDetail } from '@rex/sdk/transport'
import { every } from '../clock/clock.ts'
import type { Waiting } from '../store/store.ts'
import { type DeliveryLimits, openPeer, type PeerOptions, type PeerQueue, type PeerStatus } from './peer.ts'

const SWEEP = 1000

/** What delivery stands on. */
export interface DeliveryOptions extends Omit<PeerOptions, 'organisation'> {
  readonly isPaired: (organisation: string) => boolean
  readonly limits: DeliveryLimits & {
    /** How often expiry and delay are looked for. */
    readonly sweepMs: number
  }
}

/** Delivery to all paired organisations. */
export interface Delivery {
  /** Something waits for these organisations. */
  wake(organisations: Iterable<string>): void
  /** This organisation has spoken to this gateway. */
  alive(organisation: string): void
  /** Lets these organisations see a sign of life, so that their back-off ends. */
  greet(organisations: Iterable<string>): void
  /** Greets these organisations on new links, so that they learn of a new incarnation at once. */
  greetAnew(organisations: Iterable<string>): void
  /** A pairing has ended: its link is closed, and what waits ends refused, durably when this resolves. */
  unpaired(organisation: string): Promise<void>
  /** Tries at once. Empty: all. */
  retry(organisation: string): Promise<void>
  status(organisation: string): PeerStatus
  /** Ends all links. */
  close(): void
}

/** Starts delivering what waits. */
export function startDelivery(options: DeliveryOptions): Delivery {
  const { store, clock, time, outcomes, limits } = options
  const peers = new Map<string, PeerQueue>()
  const peer = (organisation: string): PeerQueue => {
    const known = peers.get(organisation) ?? openPeer({ ...options, organisation })
    peers.set(organisation, known)
    return known
  }

  function withReason(envelope: Waiting): Waiting {
    const error = peer(envelope.recipient).status().lastError
    if (envelope.lastError !== undefined || error === undefined) return envelope
    return { ...envelope, lastError: encode(ErrorDetail, toErrorDetail(error)) }
  }

  /** An answer that is on its way decides; so an envelope that is with the other gateway does not expire. */
  async function sweep(): Promise<void> {
    const expiring = store.read.outbox.expiring(time.now() - LIMITS.skew, SWEEP)
    const expired = expiring.filter((envelope) => !peer(envelope.recipient).holds(envelope.id))
    if (expired.length > 0) await outcomes.expired(expired.map(withReason))
    const delayed = store.read.outbox.delayed(clock.steady() - LIMITS.urgentAlarm, SWEEP)
    if (delayed.length > 0) await outcomes.delayed(delayed.map(withReason))
  }

  /** What was postponed, for whatever reason, is tried now (T-139). */
  async function retryOne(organisation: string): Promise<void> {
    await outcomes.endPostponed(organisation)
    peer(organisation).retry()
  }

  const stopSweeping = every(clock, limits.sweepMs, sweep)
  for (const organisation of store.read.outbox.recipients()) {
    if (options.isPaired(organisation)) peer(organisation).wake()
    // A pairing ended, and the gateway before all of it had. The next start tries again.
    else outcomes.unpaired(organisation).catch(() => {})
  }

  return {
    wake(organisations) {
      for (const organisation of organisations) peer(organisation).wake()
    },
    alive: (organisation) => peer(organisation).alive(),
    greet(organisations) {
      for (const organisation of organisations) peer(organisation).greet()
    },
    greetAnew(organisations) {
      for (const organisation of organisations) {
        peers.get(organisation)?.close()
        peers.delete(organisation)
        peer(organisation).greet()
        peer(organisation).wake()
      }
    },
    async unpaired(organisation) {
      peers.get(organisation)?.close()
      peers.delete(organisation)
      await outcomes.unpaired(organisation)
    },
    async retry(organisation) {
      const chosen =
        organisation === '' ? new Set([...store.read.outbox.recipients(), ...peers.keys()]) : [organisation]
      await Promise.all([...chosen].map(retryOne))
    },
    status: (organisation) => peer(organisation).status(),
    close() {
      stopSweeping()
      for (const queue of peers.values()) queue.close()
    },
  }
}
