// The objects of an envelope, and their canonical bytes. docs/spec/envelope.md
import { concatBytes } from '@noble/hashes/utils.js'
import { digest } from './bytes/crypto.ts'
import { field, message, packed, repeated } from './bytes/wire.ts'

export interface Jwe {
  readonly header: Uint8Array
  readonly encryptedKey: Uint8Array
  readonly iv: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

export interface Manifest {
  readonly messageId: Uint8Array
  readonly threadId: Uint8Array
  readonly sender: string
  readonly senderKey: Uint8Array
  readonly chain: Uint8Array
  readonly counter: number
  readonly heads: readonly Uint8Array[]
  readonly void: readonly Uint8Array[]
  readonly createdMs: number
  readonly expiresMs: number
  readonly type: number
  /** Canonical `Event`. Undefined if the event is in a section. */
  readonly event: Uint8Array | undefined
  readonly sectionDigests: readonly Uint8Array[]
  readonly commitments: readonly Uint8Array[]
  readonly testTraffic: boolean
}

export interface Routing {
  readonly version: number
  readonly envelopeId: Uint8Array
  readonly sender: string
  readonly recipient: string
  readonly createdMs: number
  readonly expiresMs: number
  readonly lane: number
}

export interface Grant {
  readonly manifestKey: Uint8Array
  readonly sections: readonly { readonly index: number; readonly key: Uint8Array }[]
  readonly salt: Uint8Array
}

export interface Section {
  readonly salt: Uint8Array
  readonly type: string
  readonly content: Uint8Array
}

export function commitmentOf(opening: {
  readonly salt: Uint8Array
  readonly recipient: string
  readonly lane: number
  readonly sections: readonly number[]
}): Uint8Array {
  return digest('commitment', openingBytes(opening))
}

export function openingBytes({
  salt,
  recipient,
  lane,
  sections,
}: Parameters<typeof commitmentOf>[0]): Uint8Array {
  return message([1, salt], [2, recipient], [3, lane], [4, packed(sections)])
}

export function sectionBytes({ salt, type, content }: Section): Uint8Array {
  return message([1, salt], [2, type], [3, content])
}

export function manifestBytes(said: Manifest): Uint8Array {
  return concatBytes(
    message([1, said.messageId], [2, said.threadId], [3, said.sender], [4, said.senderKey], [5, said.chain]),
    message([6, said.counter]),
    repeated(7, said.heads),
    repeated(8, said.void),
    message([9, said.createdMs], [10, said.expiresMs], [11, said.type]),
    said.event === undefined ? new Uint8Array() : field([12, said.event]),
    repeated(13, said.sectionDigests),
    repeated(14, said.commitments),
    message([15, said.testTraffic]),
  )
}

export function routingBytes(routing: Routing): Uint8Array {
  const { version, envelopeId, sender, recipient, createdMs, expiresMs, lane } = routing
  return message(
    [1, version],
    [2, envelopeId],
    [3, sender],
    [4, recipient],
    [5, createdMs],
    [6, expiresMs],
    [7, lane],
  )
}

export function grantBytes({ manifestKey, sections, salt }: Grant): Uint8Array {
  return concatBytes(
    message([1, manifestKey]),
    repeated(
      2,
      sections.map(({ index, key }) => message([1, index], [2, key])),
    ),
    message([3, salt]),
  )
}

export function jweBytes({ header, encryptedKey, iv, ciphertext, tag }: Jwe): Uint8Array {
  return message([1, header], [2, encryptedKey], [3, iv], [4, ciphertext], [5, tag])
}
