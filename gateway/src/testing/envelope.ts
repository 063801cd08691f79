// Makes envelopes of correct form with random content, which a gateway cannot distinguish from real envelopes. For tests.
import { randomBytes } from 'node:crypto'
import { EnvelopeContext, type Jwe, Lane, Routing } from '@rex/proto/core/v1/envelope'
import type { Submission } from '@rex/proto/mailbox/v1/mailbox'
import { contextDigest, encode, encodeEnvelope, sealedDigest, toBase64url, utf8 } from '@rex/sdk/core'

/** Unencrypted fields and sizes of a test envelope. */
export interface TestEnvelope {
  readonly sender: string
  readonly recipient: string
  readonly urgent?: boolean
  readonly createdMs?: number
  /** Default: one day after `createdMs`. */
  readonly expiresMs?: number
  readonly envelopeId?: Uint8Array
  /** Bytes of the sealed manifest. Default 4096. */
  readonly size?: number
  /** Bytes of each sealed section. Default: two sections of 1024 bytes. */
  readonly sections?: readonly number[]
}

const DAY = 86_400_000
const NOTHING = new Uint8Array()
const ENCAPSULATION = 1120

/** Encodes a test envelope. */
export function testEnvelope(options: TestEnvelope): Uint8Array {
  const { manifest, sections, deliveries } = testSubmission(options)
  const [delivery] = deliveries
  return encodeEnvelope({
    routing: delivery?.routing ?? new Uint8Array(),
    grant: delivery?.grant,
    manifest,
    sections,
  })
}

/** Returns the same message for each recipient, as its desk submits it. */
export function testSubmission(
  options: TestEnvelope,
  recipients: readonly string[] = [options.recipient],
): Submission {
  const manifest = dirJwe('manifest', options.size ?? 4096)
  const sections = (options.sections ?? [1024, 1024]).map((size) => dirJwe('section', size))
  const deliveries = recipients.map((recipient) => {
    const routing = testRouting({ ...options, recipient })
    return { routing, grant: grantJwe(routing, manifest, sections), sections: sections.map((_, i) => i) }
  })
  return { sequence: 1, manifest, sections, deliveries }
}

function testRouting(options: TestEnvelope): Uint8Array {
  const { sender, recipient, createdMs = Date.now() } = options
  return encode(Routing, {
    version: 1,
    envelopeId: options.envelopeId ?? randomBytes(16),
    sender,
    recipient,
    createdMs,
    expiresMs: options.expiresMs ?? createdMs + DAY,
    lane: options.urgent ? Lane.URGENT : Lane.ROUTINE,
  })
}

function dirJwe(slot: 'manifest' | 'section', size: number): Jwe {
  const kc = toBase64url(randomBytes(32))
  const header = { alg: 'dir', crit: ['kc'], enc: 'A256GCM', kc, typ: `rex-${slot}+jwe` }
  return {
    protected: utf8(JSON.stringify(header)),
    encryptedKey: NOTHING,
    iv: randomBytes(12),
    ciphertext: randomBytes(size),
    tag: randomBytes(16),
  }
}

/** Creates a grant of suite REX-2. */
function grantJwe(routing: Uint8Array, manifest: Jwe, sections: readonly Jwe[]): Jwe {
  const recipientKey = randomBytes(32)
  const context = encode(EnvelopeContext, {
    routing,
    recipientKey,
    manifest: sealedDigest(manifest),
    sections: sections.map(sealedDigest),
  })
  const [ctx, kid] = [toBase64url(contextDigest(context)), toBase64url(recipientKey)]
  const header = { alg: 'HPKE-10', crit: ['ctx'], ctx, kid, typ: 'rex-grant+jwe' }
  return {
    protected: utf8(JSON.stringify(header)),
    encryptedKey: randomBytes(ENCAPSULATION),
    iv: NOTHING,
    ciphertext: randomBytes(528),
    tag: NOTHING,
  }
}
