// One sealed envelope, and ways to corrupt it. docs/spec/envelope.md
import { Envelope, type Lane, Routing } from '@rex/proto/core/v1/envelope'
import type { TestParty } from '../../../../testing/parties/party.ts'
import { encode } from '../../../encoding/encoding.ts'
import { recipientKey } from '../../../jose/suite.ts'
import { contextBytes, contextDigest, sealedDigest } from '../../digest.ts'
import { sealGrant } from '../../grant.ts'
import { encodeEnvelope, parseEnvelope } from '../../parse.ts'
import { type SealedDelivery, type SealedMessage, seal } from '../../seal.ts'
import { envelopeOf, message, ngo, options, police, to } from '../fixture.ts'

/** A message to the NGO and the police, the delivery to the NGO, and the envelope of this delivery. */
export const sealed = await seal(message([to(ngo, [0, 1]), to(police, [0, 2])]), options())
export const delivery = sealed.deliveries[0] as SealedDelivery
export const bytes = envelopeOf(sealed, delivery)

export const rebuilt = (change: (envelope: Envelope) => void): Uint8Array => {
  const envelope = Envelope.decode(bytes)
  change(envelope)
  return Envelope.encode(envelope).finish()
}
export const routed = (
  change: Partial<{
    expiresMs: number
    createdMs: number
    recipient: string
    sender: string
    version: number
    lane: Lane
    envelopeId: Uint8Array
  }>,
) => {
  const { routing } = parseEnvelope(bytes)
  return { ...routing, ...change }
}
/** Forges a grant, as anyone with the content keys could: a co-recipient, or the sender's own gateway if it has stolen the keys. */
export const regrant = async (
  party: TestParty,
  routing: ReturnType<typeof routed>,
  change: { sections?: number[]; salt?: Uint8Array; signed?: SealedMessage } = {},
) => {
  const source = change.signed ?? sealed
  const granted = change.sections ?? [0, 1]
  const routingBytes = encode(Routing, routing)
  const parts = granted.map(
    (index) => source.sealedSections.get(index) as never as { key: Uint8Array; jwe: never },
  )
  const key = recipientKey(party.keys.hpke)
  const context = contextBytes(
    { routing: routingBytes, sections: parts.map((part) => part.jwe) },
    sealedDigest(source.sealedManifest.jwe),
    key,
  )
  const content = {
    manifestKey: source.sealedManifest.key,
    sections: granted.map((index, i) => ({ index, key: (parts[i] as { key: Uint8Array }).key })),
    commitmentSalt: change.salt ?? (source.deliveries[0] as SealedDelivery).commitmentSalt,
  }
  const grant = await sealGrant(content, 'REX-2', party.keys, contextDigest(context))
  return encodeEnvelope({
    routing: routingBytes,
    grant,
    manifest: source.sealedManifest.jwe,
    sections: parts.map((part) => part.jwe),
  })
}
