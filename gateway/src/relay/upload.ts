// Splits an upload for storage. Parts that its deliveries share are stored only once. docs/spec/delivery.md, "Sending"
import { Envelope } from '@rex/proto/core/v1/envelope'
import { Delivery, Submission } from '@rex/proto/mailbox/v1/mailbox'
import { encode } from '@rex/sdk/core'
import type { Sendable } from '../store/outbox.ts'

/** The stored parts of a submission. */
export interface KeptParts {
  /** Parts shared by all deliveries. Empty for a single delivery. */
  readonly shared: Uint8Array
  /** Returns the parts of one delivery: its Delivery if parts are shared, otherwise its whole envelope. */
  own(delivery: Delivery, envelope: Uint8Array): Uint8Array
}

const NOTHING = new Uint8Array()

/** Splits a submission for the outbox. Several deliveries share manifest and sections; a single delivery is stored as a whole envelope. */
export function keptParts({ manifest, sections, deliveries }: Submission): KeptParts {
  if (deliveries.length === 1) return { shared: NOTHING, own: (_delivery, envelope) => envelope }
  const shared = encode(Submission, { sequence: 0, manifest, sections, deliveries: [] })
  return { shared, own: (delivery) => encode(Delivery, delivery) }
}

/** Assembles the envelope bytes of one delivery. Its `sections` are indexes into the submission's list. */
export function assemble(
  submission: Pick<Submission, 'manifest' | 'sections'>,
  delivery: Delivery,
): Uint8Array {
  return encode(Envelope, {
    routing: delivery.routing,
    grant: delivery.grant,
    manifest: submission.manifest,
    sections: delivery.sections.flatMap((place) => submission.sections[place] ?? []),
  })
}

/** Returns the bytes of a waiting envelope, which are identical at every attempt. */
export function envelopeOf({ shared, own }: Pick<Sendable, 'shared' | 'own'>): Uint8Array {
  return shared.length === 0 ? own : assemble(Submission.decode(shared), Delivery.decode(own))
}
