// The report on an evidence bundle: the facts that it proves. docs/spec/receipts.md, "Evidence"
import { LIMITS } from '../limits.ts'
import type { Compromise, KnownOrganisation } from './known-keys.ts'

/** Facts proven by a bundle. */
export interface EvidenceReport {
  /** The messages that are proven. */
  readonly messages: readonly ProvenMessage[]
  /** The organisations with a statement, and their keys according to their statements. */
  readonly known: readonly KnownOrganisation[]
}

/** Facts proven by a bundle, and the parts that a compromised key has signed. */
export interface EvidenceFindings extends EvidenceReport {
  /** Empty: the bundle holds as a whole. */
  readonly refuted: readonly Refuted[]
}

/** A part signed by a key that was revoked as compromised, and not provably stored before (REX-RCP-028). */
export interface Refuted extends Compromise {
  /** Path in the bundle, such as `messages[0].manifest`. */
  readonly path: string
  /** Whose key it is. */
  readonly organisation: string
  readonly what: 'message' | 'stored receipt' | 'desk receipt'
  /** Name of a message's event type, and the time that the message itself states, which proves nothing. */
  readonly type?: string
  readonly createdMs?: number
}

/** A message proven to be signed by its sender. */
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

/** A delivery of a message, with the proven facts. */
export interface ProvenDelivery {
  readonly recipient: string
  /** Time at which the recipient's gateway signed that it stored the envelope. Undefined without such a receipt. */
  readonly storedMs?: number
  /** Receipts signed by the recipient's desk. */
  readonly receipts: readonly { readonly status: string; readonly timeMs: number; readonly code: string }[]
}

/** When a desk says that it had the message (Unix milliseconds). Infinity: none says so, and then nothing ties the envelope to the message. */
export function readMs({ receipts }: ProvenDelivery): number {
  return Math.min(
    ...receipts.filter(({ status }) => status !== 'REFUSED').map(({ timeMs }) => timeMs),
    Infinity,
  )
}

/**
 * The earliest time at which another organisation had a message, on the word of its gateway or desk (REX-RCP-028).
 * Only a desk receipt says which message was in an envelope, so a stored receipt counts only beside one, and not for longer than an
 * envelope can wait in a mailbox.
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

/** An organisation that had a message, and the time since which that is proven (Unix milliseconds). */
export interface Witness {
  readonly by: string
  readonly ms: number
}
