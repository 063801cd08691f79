// The report about an evidence bundle: the facts that the bundle proves. docs/spec/receipts.md, "Evidence"
import { LIMITS } from '../limits.ts'
import type { Compromise, KnownOrganisation } from './known-keys.ts'

/** The facts that a bundle proves. */
export interface EvidenceReport {
  /** The proven messages. */
  readonly messages: readonly ProvenMessage[]
  /** The organisations whose statements are known, with the compromises of their keys. */
  readonly known: readonly KnownOrganisation[]
}

/** The facts that a bundle proves, and the parts that a compromised key signed. */
export interface EvidenceFindings extends EvidenceReport {
  /** Parts that prove nothing. Empty if the whole bundle is valid. */
  readonly refuted: readonly Refuted[]
}

/** A part signed with a key that was revoked as compromised, and not provably stored before the compromise (REX-RCP-028). */
export interface Refuted extends Compromise {
  /** Path in the bundle, such as `messages[0].manifest`. */
  readonly path: string
  /** The organisation whose key was compromised. */
  readonly organisation: string
  readonly what: 'message' | 'stored receipt' | 'desk receipt'
  /** Name of the message's event type. */
  readonly type?: string
  /** Creation time that the message states, in Unix milliseconds. This time is not proven. */
  readonly createdMs?: number
}

/** A message that its sender provably signed. */
export interface ProvenMessage {
  /** Manifest digest, hex. */
  readonly digest: string
  /** Thread id, hex. */
  readonly thread: string
  readonly sender: string
  /** Name of the event type, such as `ACCEPT`. */
  readonly type: string
  readonly createdMs: number
  readonly test: boolean
  /** Types of the sections included in the bundle. */
  readonly sections: readonly string[]
  readonly deliveries: readonly ProvenDelivery[]
}

/** The proven facts about a delivery of a message. */
export interface ProvenDelivery {
  readonly recipient: string
  /** Time at which the recipient's gateway stored the envelope, as its stored receipt says. Undefined without a stored receipt. */
  readonly storedMs?: number
  /** Receipts signed by the recipient's desk. */
  readonly receipts: readonly { readonly status: string; readonly timeMs: number; readonly code: string }[]
}

/**
 * Returns when the recipient's desk says that it had the message (Unix milliseconds). Infinity if no desk receipt says so, because then
 * nothing proves that the envelope contained the message.
 */
export function readMs({ receipts }: ProvenDelivery): number {
  return Math.min(
    ...receipts.filter(({ status }) => status !== 'REFUSED').map(({ timeMs }) => timeMs),
    Infinity,
  )
}

/**
 * Returns the earliest time at which another organisation's gateway or desk confirms having had a message (REX-RCP-028). Only a
 * desk receipt says which message was in an envelope. Therefore a stored receipt counts only together with a desk receipt. If
 * the stored receipt is older than the desk receipt by more than the maximum lifetime of an envelope, it counts as older by
 * exactly this lifetime.
 */
export function provenSince({ sender, deliveries }: ProvenMessage): Witness | undefined {
  return deliveries
    .map((delivery): Witness => {
      const read = readMs(delivery)
      const stored = Math.max(delivery.storedMs ?? read, read - LIMITS.maxLifetime)
      return { by: delivery.recipient, ms: Math.min(read, stored) }
    })
    .filter(({ by, ms }) => by !== sender && ms < Infinity)
    .toSorted((a, b) => a.ms - b.ms)[0]
}

/** An organisation that had a message, and the earliest time at which this is proven (Unix milliseconds). */
export interface Witness {
  readonly by: string
  readonly ms: number
}
