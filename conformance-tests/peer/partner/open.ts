// Opens the desk's envelopes as their recipient, and checks everything that the specification requires of a sender. docs/spec/envelope.md
import { gcm } from '@noble/ciphers/aes.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import {
  type Envelope,
  Envelope as EnvelopeCodec,
  Grant,
  type Jwe,
  Jws,
  Manifest,
  Routing,
  Section,
} from '@rex/proto/core/v1/envelope'
import { Event } from '@rex/proto/core/v1/thread'
import { digest, epochKeys, nextSeed, signingInput } from '../../generate/bytes/crypto.ts'
import { pad } from '../../generate/bytes/faults.ts'
import { openHpke } from '../../generate/bytes/hpke.ts'
import { base64url, field, message, repeated, utf8 } from '../../generate/bytes/wire.ts'
import { concatKdf } from '../../generate/message.ts'
import { commitmentOf } from '../../generate/objects.ts'
import { type Party, recipientKey } from '../../generate/party.ts'
import type { Codec } from '../grpc/messages.ts'
import { bytesOf } from '../mailbox/submission.ts'

/** A message of the desk that its recipient has opened. */
export interface Opened {
  readonly manifest: Manifest
  readonly digest: Uint8Array
  readonly event: Event
  readonly routing: Routing
  readonly envelopeDigest: Uint8Array
  readonly suite: 'REX-1' | 'REX-2'
  readonly sections: readonly Section[]
  /** Whether the event travelled in the manifest. */
  readonly inManifest: boolean
  /** Whether the grant is sealed to the second published epoch, not to the first. */
  readonly inNextEpoch: boolean
}

/** Thrown for an envelope that a recipient must refuse. The message names the requirement. */
export class NotAsSpecified extends Error {
  override readonly name = 'NotAsSpecified'
}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new NotAsSpecified(what)
}

/** A record of values that a sender must not reuse, shared by all checks. */
export class Once {
  readonly #values = new Map<string, string>()

  /** Throws if the bytes were used before for different content. Retries, and copies of a part for several recipients, have the same content. */
  see(bytes: Uint8Array, what: string, content: Uint8Array): void {
    const text = Buffer.from(bytes).toString('hex')
    const of = Buffer.from(content).toString('hex')
    must((this.#values.get(text) ?? of) === of, `${what} comes twice (REX-ENV-050)`)
    this.#values.set(text, of)
  }
}

/** Opens and checks an envelope. `keys`: message keys in the sender's published statement. */
export function openAs(
  whose: Party,
  bytes: Uint8Array,
  keys: ReadonlyMap<string, Uint8Array>,
  once: Once,
): Opened {
  const envelope = canonical(EnvelopeCodec, bytes, 'the envelope')
  const { grant: sealedGrant, manifest: sealedManifest, sections: sealed } = envelope
  must(
    sealedGrant !== undefined && sealedManifest !== undefined,
    'grant and manifest are there (REX-ENV-001)',
  )
  const party = ofEpoch(whose, sealedGrant)
  const routing = checkedRouting(envelope, party)
  once.see(routing.envelopeId, 'The envelope id', digest('envelope', bytes))
  const { suite, grant } = openGrant(party, { sealedGrant, envelope, once })
  const signed = canonical(
    Jws,
    openContent(sealedManifest, { key: grant.manifestKey, type: 'manifest', once }),
    'the JWS',
  )
  const manifest = canonical(Manifest, signed.payload, 'the manifest')
  checkSignature(signed, manifest, keys)
  checkManifest(manifest, routing)
  checkCommitment(manifest, { grant, routing, once })
  must(sealed.length === grant.sections.length, 'as many sections as granted (REX-ENV-070)')
  const sections = sealed.map((jwe, i) => {
    const { index, key } = grant.sections[i] as { index: number; key: Uint8Array }
    const content = openContent(jwe, { key, type: 'section', once })
    must(
      same(digest('section', content), manifest.sectionDigests[index]),
      'section digests hold (REX-ENV-021)',
    )
    const section = canonical(Section, content, 'the section')
    must(section.salt.length === 32, 'a salt has 32 bytes (REX-ENV-021)')
    return section
  })
  const context = contextBytes(envelope, recipientKey(party, suite))
  const inManifest = manifest.event !== undefined
  const event = manifest.event ?? eventIn(sections)
  return {
    manifest,
    event,
    routing,
    suite,
    sections: inManifest ? sections : sections.slice(1),
    inManifest,
    inNextEpoch: party !== whose,
    digest: digest('manifest', signed.payload),
    envelopeDigest: digest(
      'envelope',
      Buffer.concat([field([1, context]), field([2, digest('jwe', bytesOf(sealedGrant))])]),
    ),
  }
}

/** Returns the party with the keys to which a grant is sealed: those of its first or its second published epoch. */
function ofEpoch(party: Party, { protected: header }: Jwe): Party {
  const { kid } = JSON.parse(Buffer.from(header).toString('utf8'))
  const next = { ...party, keys: epochKeys(nextSeed(party.seed)) }
  const isNext = (['REX-1', 'REX-2'] as const).some((suite) => base64url(recipientKey(next, suite)) === kid)
  return isNext ? next : party
}

function canonical<T>(codec: Codec<T>, bytes: Uint8Array, what: string): T {
  const decoded = codec.decode(bytes)
  must(same(codec.encode(decoded).finish(), bytes), `${what} is canonical (REX-ENC-001)`)
  return decoded
}

function checkedRouting({ routing: bytes }: Envelope, party: Party): Routing {
  must(bytes.length <= 1024, 'routing has at most 1 KiB (REX-ENV-002)')
  const routing = canonical(Routing, bytes, 'the routing')
  must(
    routing.version === 1 && routing.envelopeId.length === 16,
    'version 1 and an id of 16 bytes (REX-ENV-002)',
  )
  must(routing.recipient === party.organisation, 'the routing names the recipient (REX-ENV-002)')
  must(routing.lane === 1 || routing.lane === 2, 'the lane is routine or urgent (REX-ENV-002)')
  const life = routing.expiresMs - routing.createdMs
  must(life > 0 && life <= 14 * 86_400_000, 'the lifetime is at most 14 days (REX-ENV-002)')
  return routing
}

interface GrantToOpen {
  readonly sealedGrant: Jwe
  readonly envelope: Envelope
  readonly once: Once
}

function openGrant(
  party: Party,
  { sealedGrant, envelope, once }: GrantToOpen,
): { suite: 'REX-1' | 'REX-2'; grant: Grant } {
  const { protected: bytes, encryptedKey, iv, ciphertext, tag } = sealedGrant
  const header = JSON.parse(Buffer.from(bytes).toString('utf8'))
  const suite = header.alg === 'HPKE-10' ? 'REX-2' : 'REX-1'
  const recipient = recipientKey(party, suite)
  must(header.kid === base64url(recipient), 'the grant is for a published key (REX-ID-033)')
  const ctx = base64url(digest('context', contextBytes(envelope, recipient)))
  const bound = `"crit":["ctx"],"ctx":"${ctx}"`
  const rest =
    suite === 'REX-2'
      ? `{"alg":"HPKE-10",${bound},"kid":"${header.kid}","typ":"rex-grant+jwe"}`
      : `{"alg":"ECDH-ES",${bound},"enc":"A256GCM","epk":${JSON.stringify(header.epk)},"kid":"${header.kid}","typ":"rex-grant+jwe"}`
  must(
    same(bytes, utf8(rest)),
    'the header of the grant is exactly that of the slot, and ctx holds (REX-ENV-003, REX-ENV-004)',
  )
  const aad = utf8(base64url(bytes))
  let plain: Uint8Array
  if (suite === 'REX-2') {
    once.see(encryptedKey, 'The encapsulation', ciphertext)
    plain = openHpke({ encapsulated: encryptedKey, ciphertext }, party.keys.hpke.secret, aad)
  } else {
    const ephemeral = Buffer.from(header.epk.x, 'base64url')
    once.see(ephemeral, 'The ephemeral key', ciphertext)
    const key = concatKdf(x25519.getSharedSecret(party.keys.x25519.secret, ephemeral))
    plain = gcm(key, iv, aad).decrypt(Buffer.concat([ciphertext, tag]))
  }
  const grant = canonical(Grant, unpadded(plain, 512), 'the grant')
  must(
    grant.commitmentSalt.length === 32 && grant.manifestKey.length === 32,
    'keys and salts have 32 bytes (REX-ENV-032)',
  )
  must(
    grant.sections.every(({ index }, i) => i === 0 || index > (grant.sections[i - 1]?.index ?? 0)),
    'the granted sections ascend (REX-ENV-032)',
  )
  return { suite, grant }
}

interface ContentToOpen {
  readonly key: Uint8Array
  readonly type: 'manifest' | 'section'
  readonly once: Once
}

function openContent(
  { protected: bytes, iv, ciphertext, tag }: Jwe,
  { key, type, once }: ContentToOpen,
): Uint8Array {
  const kc = base64url(digest('content-key', key))
  const header = `{"alg":"dir","crit":["kc"],"enc":"A256GCM","kc":"${kc}","typ":"rex-${type}+jwe"}`
  must(same(bytes, utf8(header)), `the header of the ${type} is exactly that of the slot (REX-ENV-003)`)
  once.see(key, `The key of a ${type}`, tag)
  once.see(iv, `The IV of a ${type}`, tag)
  const plain = gcm(key, iv, utf8(base64url(bytes))).decrypt(Buffer.concat([ciphertext, tag]))
  return unpadded(plain, type === 'manifest' ? 4096 : 1024)
}

function unpadded(plain: Uint8Array, floor: number): Uint8Array {
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(0)
  const bytes = plain.subarray(4, 4 + length)
  must(same(pad(bytes, floor), plain), 'the plaintext is padded as REX-ENV-040 says')
  return bytes
}

function checkSignature(signed: Jws, { senderKey }: Manifest, keys: ReadonlyMap<string, Uint8Array>): void {
  const kid = base64url(senderKey)
  const header = `{"alg":"Ed25519","kid":"${kid}","typ":"rex-manifest+jws"}`
  must(
    same(signed.protected, utf8(header)),
    'the header of the manifest names its key (REX-ENV-010, REX-ENV-011)',
  )
  const key = keys.get(kid)
  must(key !== undefined, 'the published statement names the key that signs (REX-ID-072)')
  const holds = ed25519.verify(signed.signature, signingInput(signed.protected, signed.payload), key)
  must(holds, 'the signature of the manifest holds (REX-ENV-010)')
}

function checkManifest(manifest: Manifest, routing: Routing): void {
  const { sectionDigests, recipientCommitments, heads, void: gone, type } = manifest
  must(manifest.sender === routing.sender, 'routing and manifest name one sender (REX-ENV-070)')
  must(manifest.expiresMs === routing.expiresMs, 'routing and manifest expire together (REX-ENV-070)')
  must(routing.createdMs >= manifest.createdMs, 'routing is not older than the manifest (REX-ENV-060)')
  must(
    [manifest.messageId, manifest.threadId, manifest.chain].every(({ length }) => length === 16),
    'ids have 16 bytes (REX-ENV-011)',
  )
  must(isAscending(heads) && isAscending(gone), 'heads and void ascend (REX-ENV-013)')
  must(
    (heads.length === 0) === (type === 1 || type === 20),
    'heads are empty in a refer and a batch alone (REX-ENV-013)',
  )
  must(
    sectionDigests.length % 4 === 0 && sectionDigests.length <= 64,
    'section digests come in fours (REX-ENV-017)',
  )
  must([4, 16, 64].includes(recipientCommitments.length), 'there are 4, 16 or 64 commitments (REX-ENV-018)')
  must(isAscending(recipientCommitments), 'commitments ascend (REX-ENV-018)')
  must(
    (type === 20) === manifest.threadId.every((byte) => byte === 0),
    'a batch alone has no thread (REX-ENV-011)',
  )
}

function checkCommitment(
  manifest: Manifest,
  { grant, routing, once }: { grant: Grant; routing: Routing; once: Once },
): void {
  const sections = grant.sections.map(({ index }) => index)
  const { recipient, lane } = routing
  const commitment = commitmentOf({ salt: grant.commitmentSalt, recipient, lane, sections })
  const opener = Buffer.concat([manifest.messageId, utf8(recipient)])
  once.see(grant.commitmentSalt, 'The salt of a commitment', opener)
  const isCommitted = manifest.recipientCommitments.some((one) => same(one, commitment))
  must(isCommitted, 'the manifest commits to this recipient, lane and sections (REX-ENV-023)')
}

function eventIn([first]: readonly Section[]): Event {
  must(first?.type === 'event', 'section 0 holds the event that the manifest lacks (REX-ENV-015)')
  return canonical(Event, first.content, 'the event')
}

function contextBytes({ routing, manifest, sections }: Envelope, key: Uint8Array): Uint8Array {
  const digestOf = (jwe: Jwe) => digest('jwe', bytesOf(jwe))
  return Buffer.concat([
    message([1, routing], [2, key], [3, manifest ? digestOf(manifest) : new Uint8Array()]),
    repeated(4, sections.map(digestOf)),
  ])
}

function isAscending(list: readonly Uint8Array[]): boolean {
  return list.every((entry, i) => i === 0 || Buffer.compare(list[i - 1] as Uint8Array, entry) < 0)
}

function same(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0
}
