// Computes the digests that bind the parts of a message to each other. docs/spec/envelope.md, "Digests"
import {
  type Envelope,
  EnvelopeContext,
  EnvelopeDigest,
  Jwe,
  RecipientCommitment,
  type Section,
  Section as SectionCodec,
} from '@rex/proto/core/v1/envelope'
import { digest, encode, encoded } from '../encoding/encoding.ts'

/** Returns the digest of a manifest over its signed bytes (REX-ENV-020). */
export function manifestDigest(manifest: Uint8Array): Uint8Array {
  return digest('REX-1 manifest', manifest)
}

/** Returns the digest of a section; the section's canonical bytes include the salt (REX-ENV-021). */
export function sectionDigest(section: Uint8Array): Uint8Array {
  return digest('REX-1 section', section)
}

/** Encodes a section canonically. */
export function encodeSectionEnvelope(section: Section): Uint8Array {
  return encode(SectionCodec, section)
}

/** Returns the digest of a sealed part over its canonical Jwe bytes (REX-ENV-022). */
export function sealedDigest(part: Jwe): Uint8Array {
  return digest('REX-1 jwe', encoded(Jwe, part))
}

/** Returns the commitment that proves to one recipient, and to nobody else, that the message is meant for it (REX-ENV-023). */
export function recipientCommitment(opening: RecipientCommitment): Uint8Array {
  return digest('REX-1 commitment', encoded(RecipientCommitment, opening))
}

/** Encodes what a grant is bound to: routing, the recipient's key, and digests of the sealed manifest and sections (REX-ENV-024). */
export function contextBytes(
  envelope: Pick<Envelope, 'routing' | 'sections'>,
  sealedManifest: Uint8Array,
  recipientKey: Uint8Array,
): Uint8Array {
  return encode(EnvelopeContext, {
    routing: envelope.routing,
    recipientKey,
    manifest: sealedManifest,
    sections: envelope.sections.map(sealedDigest),
  })
}

/** Computes `ctx` of the grant's protected header from EnvelopeContext bytes (REX-ENV-024). */
export function contextDigest(context: Uint8Array): Uint8Array {
  return digest('REX-1 context', context)
}

/** Returns the digest by which receipts refer to an envelope (REX-ENV-025). */
export function envelopeDigest(context: Uint8Array, grant: Uint8Array): Uint8Array {
  return digest('REX-1 envelope', encoded(EnvelopeDigest, { context, grant }))
}
