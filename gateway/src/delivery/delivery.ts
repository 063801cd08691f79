// Delivers to other gateways, with an independent queue per organisation (T-092). docs/spec/delivery.md, "Sending"
import { ErrorDetail } from '@rex/proto/core/v1/error'
import { encode, LIMITS } from '@rex/sdk/core'
import { toErrorDetail } from '@rex/sdk/transport'
import { every } from '../clock/clock.ts'
import type { Waiting } from '../store/outbox.ts'
import { type DeliveryLimits, type PeerOptions, PeerQueue, type PeerStatus } from './peer-queue.ts'

const SWEEP = 1000

/** Dependencies of delivery. */
interface DeliveryOptions extends Omit<PeerOptions, 'organisation'> {
  readonly isPaired: (organisation: string) => boolean
  readonly limits: DeliveryLimits & {
    /** Interval of the search for expired and delayed envelopes. */
    readonly sweepMs: number
  }
}

/** Delivery to all paired organisations. */
export interface Delivery {
  /** Wakes the queues of these organisations, for which envelopes are waiting. */
  wake(organisations: Iterable<string>): void
  /** Notes that an organisation has contacted this gateway, as a sign of life. */
  alive(organisation: string): void
  /**
   * Connects to these organisations once, so that their gateways notice that this gateway can be reached, and
   * retry now.
   */
  greet(organisations: Iterable<string>): void
  /**
   * Replaces the links to these organisations, so that the new greeting informs them of this gateway's new
   * incarnation.
   */
  greetAnew(organisations: Iterable<string>): void
  /** Ends a pairing: closes the link and refuses the waiting envelopes. Resolves when the refusals are durable. */
  unpaired(organisation: string): Promise<void>
  /** Retries an organisation immediately, or all organisations if `organisation` is empty. */
  retry(organisation: string): Promise<void>
  status(organisation: string): PeerStatus
  /** Closes all links. */
  close(): void
}

/** Starts delivering waiting envelopes. */
export function startDelivery(options: DeliveryOptions): Delivery {
  const { store, clock, time, outcomes, limits } = options
  const peers = new Map<string, PeerQueue>()
  const peer = (organisation: string): PeerQueue => {
    const known = peers.get(organisation) ?? new PeerQueue({ ...options, organisation })
    peers.set(organisation, known)
    return known
  }

  function withReason(envelope: Waiting): Waiting {
    const error = peer(envelope.recipient).status().lastError
    if (envelope.lastError !== undefined || error === undefined) return envelope
    return { ...envelope, lastError: encode(ErrorDetail, toErrorDetail(error)) }
  }

  /** Expires and reports late envelopes, except envelopes in flight, which the other gateway may already have. */
  async function sweep(): Promise<void> {
    const expiring = store.read.outbox.expiring(time.passed() - LIMITS.skew, SWEEP)
    const expired = expiring.filter((envelope) => !peer(envelope.recipient).holds(envelope.id))
    if (expired.length > 0) await outcomes.expired(expired.map(withReason))
    const delayed = store.read.outbox.delayed(clock.steady() - LIMITS.urgentAlarm, SWEEP)
    if (delayed.length > 0) await outcomes.delayed(delayed.map(withReason))
  }

  /** Retries all postponed envelopes now, for whatever reason each was postponed (T-139). */
  async function retryOne(organisation: string): Promise<void> {
    await outcomes.endPostponed(organisation)
    peer(organisation).retry()
  }

  const stopSweeping = every(clock, limits.sweepMs, sweep)
  for (const organisation of store.read.outbox.recipients()) {
    if (options.isPaired(organisation)) peer(organisation).wake()
    // Refuse the remaining envelopes of a pairing that has ended: the gateway may have stopped before all were refused.
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
