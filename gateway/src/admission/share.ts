// Divides the store, so that no organisation can fill it at the expense of others. docs/spec/delivery.md, "Shares of the store"
import { RexError } from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import type { Space } from '../store/space.ts'
import { RETRY_AFTER_MS } from './quota.ts'
import { URGENT_RESERVE } from './rate.ts'

/** While at least this share of the store is free, reservations are not checked, because none is at risk. */
const PLENTY = 0.7
/** Share of the store that is guaranteed to all peers together, in equal parts. */
const GUARANTEED = 1 / 2
/** Share of the store that is reserved for mail from this gateway's desks. */
const OWN_RESERVE = 0.1
const HOUR = 3_600_000
/** Overhead per envelope in the store, including its row in the ledger. Bytes. */
const ROW_BYTES = 2048

/** An envelope that needs space in the store. */
interface Wanted {
  readonly bytes: number
  readonly urgent: boolean
}

/** Dependencies of shares. */
interface ShareOptions {
  readonly space: Space
  readonly clock: Clock
  /** Bytes available to the store. */
  readonly capacity: () => number
  /** Paired organisations. */
  readonly peers: () => readonly string[]
}

/** How much of the store each organisation may use. */
export interface Shares {
  /** Checks that an envelope from a peer may be kept (REX-DLV-121). @throws RexError QUOTA_EXCEEDED with `retry_after_ms` */
  checkFrom(sender: string, wanted: Wanted): void
  /** Checks that an envelope for a recipient may wait (REX-DLV-122). @throws RexError QUOTA_EXCEEDED with `retry_after_ms` */
  checkFor(recipient: string, wanted: Wanted): void
  /** Organisations whose envelopes were refused for lack of space within the last hour. */
  refused(): string[]
}

/** Creates the shares of a store, computed from its current usage. */
export function createShares({ space, clock, capacity, peers }: ShareOptions): Shares {
  const refusedMs = new Map<string, number>()

  /** Returns the reserved bytes: unused guarantees of other peers, and the reserve of this gateway's desks. */
  function reserved(size: number, sender?: string): number {
    const all = peers()
    const guarantee = guaranteed(size, all.length)
    const unused = all.map((peer) => (peer === sender ? 0 : Math.max(0, guarantee - space.bytesFrom(peer))))
    const own = sender === undefined ? 0 : Math.max(0, size * OWN_RESERVE - space.outgoing())
    return unused.reduce((sum, bytes) => sum + bytes, own)
  }

  /**
   * Returns whether there is space for the envelope. Once the envelope is stored, at least as many bytes must remain free as the organisation uses.
   * Reserved bytes must remain free, too. For routine mail, a further tenth of the store must remain free.
   */
  function hasRoom(part: Part, { bytes, urgent, sender }: Wanted & { readonly sender?: string }): boolean {
    const size = capacity()
    const free = size - space.used() - bytes
    const kept = size * URGENT_RESERVE
    const isModest = part.all + bytes <= free
    if (isModest && free >= size * PLENTY) return true
    const left = free - reserved(size, sender)
    return (isModest && left >= kept) || (urgent && left >= 0 && part.urgent() + bytes <= left)
  }

  function refuse(organisation: string): never {
    refusedMs.set(organisation, clock.steady())
    throw noRoom()
  }

  return {
    checkFrom(sender, { bytes, urgent }) {
      const wanted = { bytes: bytes + ROW_BYTES, urgent, sender }
      const part = { all: space.bytesFrom(sender), urgent: () => space.urgentFrom(sender) }
      const isGuaranteed = part.all + wanted.bytes <= guaranteed(capacity(), peers().length)
      if (!isGuaranteed && !hasRoom(part, wanted)) refuse(sender)
    },
    checkFor(recipient, { bytes, urgent }) {
      const wanted = { bytes: bytes + ROW_BYTES, urgent }
      const isReserved = space.outgoing() + wanted.bytes <= capacity() * OWN_RESERVE
      if (!isReserved && !hasRoom({ all: space.bytesFor(recipient), urgent: () => 0 }, wanted))
        refuse(recipient)
    },
    refused: () => [...refusedMs].flatMap(([peer, ms]) => (clock.steady() < ms + HOUR ? [peer] : [])),
  }
}

/** Bytes that are already stored for an organisation. */
interface Part {
  readonly all: number
  /** Returns the stored bytes of the organisation's urgent mail. */
  readonly urgent: () => number
}

function guaranteed(size: number, count: number): number {
  return (size * GUARANTEED) / Math.max(1, count)
}

function noRoom(): RexError {
  return new RexError('QUOTA_EXCEEDED', 'The store has no more room for this organisation.', {
    metadata: { retry_after_ms: String(RETRY_AFTER_MS) },
    hint: 'There is room again when the desk has read its mailbox, or when the store has been enlarged.',
  })
}
