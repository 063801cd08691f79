// The report on an evidence bundle: the facts that it proves. docs/spec/receipts.md, "Evidence"
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

/**
 * The earliest time at which another organisation had a message, on the word of its gateway or desk (REX-RCP-028).
 * Only a desk receipt says which message was in an envelope, so a stored receipt counts only beside one.
 */
export function provenSince({ sender, deliveries }: ProvenMessage): Witness | undefined {
  return deliveries
    .flatMap(({ recipient, storedMs, receipts }): Witness[] => {
      const read = receipts.filter(({ status }) => status !== 'REFUSED').map(({ timeMs }) => timeMs)
      if (recipient === sender || read.length === 0) return []
      return [{ by: recipient, ms: Math.min(...read, ...(storedMs === undefined ? [] : [storedMs])) }]
    })
    .toSorted((a, b) => a.ms - b.ms)[0]
}

/** An organisation that had a message, and the time since which that is proven (Unix milliseconds). */
export interface Witness {
  readonly by: string
  readonly ms: number
}
