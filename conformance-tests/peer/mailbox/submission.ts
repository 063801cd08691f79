// Assembles the envelopes of a submission as a gateway does. docs/spec/mailbox.md, REX-MBX-021, REX-MBX-027
import { concatBytes } from '@noble/hashes/utils.js'
import { type Jwe, Routing } from '@rex/proto/core/v1/envelope'
import type { Submission } from '@rex/proto/mailbox/v1/mailbox'
import { field } from '../../generate/bytes/wire.ts'
import { jweBytes } from '../../generate/objects.ts'
import type { Log } from '../log.ts'

const MOST_DELIVERIES = 64
const MOST_SECTIONS = 64
const MOST_ENVELOPE = 2 * 1024 * 1024

/** An envelope that the desk submitted. */
export interface Submitted {
  /** Envelope id, hexadecimal. */
  readonly id: string
  readonly recipient: string
  /** Date of the envelope. Unix milliseconds. */
  readonly createdMs: number
  readonly bytes: Uint8Array
}

/** Assembles the envelopes of a submission, and logs violations of the specification. */
export function deliveriesOf({ manifest, sections, deliveries }: Submission, log: Log): Submitted[] {
  if (deliveries.length < 1 || deliveries.length > MOST_DELIVERIES)
    log.fault(`A submission has ${deliveries.length} deliveries (REX-MBX-021).`)
  if (sections.length > MOST_SECTIONS)
    log.fault(`A submission has ${sections.length} sections (REX-MBX-021).`)
  const envelopes = deliveries.map((delivery) => {
    const { envelopeId, recipient, createdMs } = Routing.decode(delivery.routing)
    const chosen = delivery.sections.map((index) => sections[index])
    const isAscending = delivery.sections.every(
      (index, i) => i === 0 || index > (delivery.sections[i - 1] ?? 0),
    )
    if (!isAscending || chosen.includes(undefined))
      log.fault('The sections of a delivery are not an ascending choice (REX-MBX-021).')
    const bytes = concatBytes(
      field([1, delivery.routing]),
      ...[delivery.grant, manifest].map((jwe, i) => field([i + 2, jwe ? bytesOf(jwe) : new Uint8Array()])),
      ...chosen.flatMap((jwe) => (jwe ? [field([4, bytesOf(jwe)])] : [])),
    )
    if (bytes.length > MOST_ENVELOPE) log.fault('An envelope is larger than 2 MiB (REX-ENV-001).')
    return { id: Buffer.from(envelopeId).toString('hex'), recipient, createdMs, bytes }
  })
  if (new Set(envelopes.map(({ id }) => id)).size < envelopes.length)
    log.fault('An envelope id occurs twice in a submission (REX-MBX-021).')
  return envelopes
}

/** Returns the canonical bytes of a JWE. */
export function bytesOf({ protected: header, encryptedKey, iv, ciphertext, tag }: Jwe): Uint8Array {
  return jweBytes({ header, encryptedKey, iv, ciphertext, tag })
}
