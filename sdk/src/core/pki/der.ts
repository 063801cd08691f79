// Strict DER over node-forge's ASN.1 reader: canonical encoding, no trailing bytes. docs/spec/identity.md, "TLS"
import { Buffer } from 'node:buffer'
import forge from 'node-forge'
import { equal } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'

const { asn1 } = forge

/** An ASN.1 value: tag, and either content bytes or children. */
export type Asn1 = forge.asn1.Asn1

/** Maximum size of a certificate or signing request, in bytes (REX-ID-056). */
const MAX_DER = 8192

/** The reader of node-forge, whose type declarations lack the options. */
const readDer = asn1.fromDer as unknown as (bytes: string, options: typeof STRICT) => Asn1
const STRICT = { strict: true, parseAllBytes: true, decodeBitStrings: false }

/** node-forge's byte strings are Latin-1 text. */
export function toBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Bytes of one of node-forge's byte strings. */
export function fromBinary(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

/** DER of a value. */
export function toDer(value: Asn1): Uint8Array {
  return fromBinary(asn1.toDer(value).getBytes())
}

/** Parses DER and nothing but DER: encoding the result must give the same bytes (T-059, T-060). @throws RexError CERTIFICATE_INVALID */
export function parseDer(bytes: Uint8Array, path: string, limit = MAX_DER): Asn1 {
  if (bytes.length > limit) throw invalid(`${path} is larger than ${limit} bytes.`)
  const value = attempt(path, () => readDer(toBinary(bytes), STRICT))
  if (!equal(toDer(value), bytes)) throw invalid(`${path} is not DER.`)
  return value
}

/** Children of a constructed value. @throws RexError CERTIFICATE_INVALID if it has none, or not as many as demanded */
export function children(value: Asn1 | undefined, path: string, count?: number): readonly Asn1[] {
  if (!Array.isArray(value?.value) || (count !== undefined && value.value.length !== count)) {
    throw invalid(`${path} is malformed.`)
  }
  return value.value
}

/** Content of a primitive value of the given universal type. @throws RexError CERTIFICATE_INVALID */
export function content(value: Asn1 | undefined, type: forge.asn1.Type, path: string): string {
  if (value?.type !== type || value.tagClass !== asn1.Class.UNIVERSAL || typeof value.value !== 'string') {
    throw invalid(`${path} is malformed.`)
  }
  return value.value
}

/** Dotted object identifier. @throws RexError CERTIFICATE_INVALID */
export function oid(value: Asn1 | undefined, path: string): string {
  return asn1.derToOid(content(value, asn1.Type.OID, path))
}

/** Content of a bit string without its count of unused bits, which must be zero. @throws RexError CERTIFICATE_INVALID */
export function wholeBits(value: Asn1 | undefined, path: string): Uint8Array {
  const bits = content(value, asn1.Type.BITSTRING, path)
  if (bits.charCodeAt(0) !== 0) throw invalid(`${path} is malformed.`)
  return fromBinary(bits.slice(1))
}

/** Runs a parser of foreign bytes; whatever it throws becomes one typed refusal. @throws RexError CERTIFICATE_INVALID */
export function attempt<T>(path: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    if (RexError.is(cause)) throw cause
    throw invalid(`${path} is malformed.`, cause)
  }
}

/** The refusal of this folder. */
export function invalid(message: string, cause?: unknown): RexError {
  return new RexError('CERTIFICATE_INVALID', message, cause === undefined ? {} : { cause })
}
