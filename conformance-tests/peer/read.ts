// Reads the unencrypted part of an envelope as its recipient's gateway does, without checking it. docs/spec/envelope.md
import { concatBytes } from '@noble/hashes/utils.js'
import { Envelope, Routing } from '@rex/proto/core/v1/envelope'
import { digest } from '../generate/bytes/crypto.ts'
import { field, message, repeated } from '../generate/bytes/wire.ts'
import { jweBytes } from '../generate/objects.ts'

/** Returns the routing and the digest of an envelope (REX-ENV-025). */
export function readEnvelope(bytes: Uint8Array): { routing: Routing; digest: Uint8Array } {
  const { routing, grant, manifest, sections } = Envelope.decode(bytes)
  const { kid } = JSON.parse(Buffer.from(grant?.protected ?? []).toString()) as { kid: string }
  const context = concatBytes(
    message([1, routing], [2, Buffer.from(kid, 'base64url')], [3, digestOf(manifest)]),
    repeated(4, sections.map(digestOf)),
  )
  const binding = concatBytes(field([1, context]), field([2, digestOf(grant)]))
  return { routing: Routing.decode(routing), digest: digest('envelope', binding) }
}

function digestOf(jwe: Envelope['grant']): Uint8Array {
  const { protected: header, encryptedKey, iv, ciphertext, tag } = jwe as NonNullable<Envelope['grant']>
  return digest('jwe', jweBytes({ header, encryptedKey, iv, ciphertext, tag }))
}
