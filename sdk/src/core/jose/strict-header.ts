// The slot table: writes and reads every protected header byte for byte. docs/spec/envelope-slots.md, "Protected headers"
import { Buffer } from 'node:buffer'
import { fromBase64url } from '../encoding/encoding.ts'
import { ensure } from '../error.ts'
import { checkLimit } from '../input/strict-json.ts'
import { LIMITS } from '../limits.ts'

/**
 * The protected headers (REX-JOSE-010). `‹name›` stands for 32 bytes as base64url (43 characters); everything else is fixed. Each header
 * has exactly one form and is never parsed as JSON, so no two parsers can disagree.
 */
const HEADERS = {
  'manifest-jws': '{"alg":"Ed25519","kid":"‹kid›","typ":"rex-manifest+jws"}',
  'stored-jws': '{"alg":"Ed25519","kid":"‹kid›","typ":"rex-stored+jws"}',
  'entity-statement': '{"alg":"Ed25519","kid":"‹kid›","typ":"entity-statement+jwt"}',
  rotation: '{"alg":"Ed25519","kid":"‹kid›","typ":"rex-rotation+jwt"}',
  invite: '{"alg":"Ed25519","kid":"‹kid›","typ":"rex-invite+jwt"}',
  'manifest-jwe': '{"alg":"dir","crit":["kc"],"enc":"A256GCM","kc":"‹kc›","typ":"rex-manifest+jwe"}',
  'section-jwe': '{"alg":"dir","crit":["kc"],"enc":"A256GCM","kc":"‹kc›","typ":"rex-section+jwe"}',
  'REX-1 grant':
    '{"alg":"ECDH-ES","crit":["ctx"],"ctx":"‹ctx›","enc":"A256GCM","epk":{"x":"‹epk›","crv":"X25519","kty":"OKP"},"kid":"‹kid›","typ":"rex-grant+jwe"}',
  'REX-2 grant': '{"alg":"HPKE-10","crit":["ctx"],"ctx":"‹ctx›","kid":"‹kid›","typ":"rex-grant+jwe"}',
} as const

/** The form of a protected header: a row of the slot table. */
export type HeaderForm = keyof typeof HEADERS
/** The variable values of a protected header, each the base64url of 32 bytes. */
export type Header<F extends HeaderForm> = Readonly<Record<Names<(typeof HEADERS)[F]>, string>>

type Names<T extends string> = T extends `${string}‹${infer Name}›${infer Rest}` ? Name | Names<Rest> : never

const VALUE_LENGTH = 43
/** The headers split into alternating fixed texts and names, beginning and ending with a text. */
const PIECES = Object.fromEntries(
  Object.entries(HEADERS).map(([form, header]) => [form, header.split(/[‹›]/)]),
) as unknown as Readonly<Record<HeaderForm, readonly string[]>>

/** Writes the protected header with these values, as ASCII JSON. */
export function writeHeader<F extends HeaderForm>(form: F, values: Header<F>): string {
  return PIECES[form].map((piece, i) => (i % 2 === 0 ? piece : values[piece as keyof Header<F>])).join('')
}

/** Reads the values of a protected header, which must have its one accepted form (REX-JOSE-011). @throws RexError MALFORMED, LIMIT_EXCEEDED */
export function readHeader<F extends HeaderForm>(form: F, bytes: Uint8Array, path: string): Header<F> {
  checkLimit(bytes.length, LIMITS.protectedHeader, path)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const values: Record<string, string> = {}
  let at = 0
  for (const [i, piece] of PIECES[form].entries()) {
    if (i % 2 === 0) ensure(text.startsWith(piece, at), path)
    else values[piece] = readValue(text.slice(at, at + VALUE_LENGTH), `${path}.${piece}`)
    at += i % 2 === 0 ? piece.length : VALUE_LENGTH
  }
  ensure(at === text.length, path)
  return values as Header<F>
}

function readValue(text: string, path: string): string {
  ensure(fromBase64url(text, path).length === 32, path)
  return text
}
