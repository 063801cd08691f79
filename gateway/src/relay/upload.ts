// How an upload is kept: what its deliveries share once, what is each one's own beside it. docs/spec/delivery.md, "Sending"
import { Envelope } from '@rex/proto/core/v1/envelope'
import { Delivery, Submission } from '@rex/proto/mailbox/v1/mailbox'
import { encode } from '@rex/sdk/core'
import type { Sendable } from '../store/store.ts'

/** The parts that all deliveries of a submission share. */
export function sharedParts({ manifest, sections }: Submission): Uint8Array {
  return encode(Submission, { sequence: 0, manifest, sections, deliveries: [] })
}

/** The parts that are one delivery's own. */
export function ownParts(delivery: Delivery): Uint8Array {
  return encode(Delivery, delivery)
}

/** Envelope bytes of one delivery. `sections` of the delivery are places in the submission's list. */
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
export function envelopeOf({ parts, own }: Pick<Sendable, 'parts' | 'own'>): Uint8Array {
  return assemble(Submission.decode(parts), Delivery.decode(own))
}
