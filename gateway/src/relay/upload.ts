// How an upload is kept: what its deliveries share once, what is each one's own beside it. docs/spec/delivery.md, "Sending"
import { Envelope } from '@rex/proto/core/v1/envelope'
import { Delivery, Submission } from '@rex/proto/mailbox/v1/mailbox'
import { encode } from '@rex/sdk/core'
import type { Sendable } from '../store/store.ts'

/** How the parts of a submission are kept. */
export interface KeptParts {
  /** What all deliveries share. Empty: nothing, as there is one delivery. */
  readonly shared: Uint8Array
  /** What is one delivery's own: with shared parts its Delivery, else its whole envelope. */
  own(delivery: Delivery, envelope: Uint8Array): Uint8Array
}

const NOTHING = new Uint8Array()

/** Parts for the outbox: several deliveries share manifest and sections, one alone is kept as the envelope it is. */
export function keptParts({ manifest, sections, deliveries }: Submission): KeptParts {
  if (deliveries.length === 1) return { shared: NOTHING, own: (_delivery, envelope) => envelope }
  const shared = encode(Submission, { sequence: 0, manifest, sections, deliveries: [] })
  return { shared, own: (delivery) => encode(Delivery, delivery) }
}

/** Envelope bytes of one delivery. Its `sections` are places in the submission's list. */
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

/** Envelope bytes of a waiting envelope: the same at every attempt. */
export function envelopeOf({ shared, own }: Pick<Sendable, 'shared' | 'own'>): Uint8Array {
  return shared.length === 0 ? own : assemble(Submission.decode(shared), Delivery.decode(own))
}
