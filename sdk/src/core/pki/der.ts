// Reads strict DER, canonical and without trailing bytes, by node-forge's ASN.1 reader. docs/spec/identity.md, "TLS"
import { Buffer } from 'node:buffer'
import forge from 'node-forge'
import { equal } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'

const { asn1 } = forge

/** An ASN.1 value: tag, and either content bytes or children. */
export type Asn1 = forge.asn1.Asn1

/** Maximum size of a certificate or signing request, in bytes (REX-ID-056). */
const MAX_DER = 8192

/** node-forge's DER reader, retyped because node-forge's type declarations lack the options. */
const readDer = asn1.fromDer as unknown as (bytes: string, options: typeof STRICT) => Asn1
const STRICT = { strict: true, parseAllBytes: true, decodeBitStrings: false }

/** Converts bytes to node-forge's byte strings, which are Latin-1 text. */
export function toBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Converts one of node-forge's byte strings to bytes. */
export function fromBinary(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

/** Encodes a value as DER. */
export function toDer(value: Asn1): Uint8Array {
  return fromBinary(asn1.toDer(value).getBytes())
}

/** Parses DER, rejecting BER: encoding the result must give the same bytes (T-059, T-060). @throws RexError CERTIFICATE_INVALID */
export function parseDer(bytes: Uint8Array, path: string, limit = MAX_DER): Asn1 {
  if (bytes.length > limit) throw invalid(`${path} is larger than ${limit} bytes.`)
  const value = attempt(path, () => readDer(toBinary(bytes), STRICT))
  if (!equal(toDer(value), bytes)) throw invalid(`${path} is not DER.`)
  return value
}

/** Returns the children of a constructed value. @throws RexError CERTIFICATE_INVALID if it is primitive or `count` is wrong */
export function children(value: Asn1 | undefined, path: string, count?: number): readonly Asn1[] {
  if (!Array.isArray(value?.value) || (count !== undefined && value.value.length !== count)) {
    throw invalid(`${path} is malformed.`)
  }
  return value.value
}

/** Returns the content of a primitive value, which must have this universal type. @throws RexError CERTIFICATE_INVALID */
export function content(value: Asn1 | undefined, type: forge.asn1.Type, path: string): string {
  if (value?.type !== type || value.tagClass !== asn1.Class.UNIVERSAL || typeof value.value !== 'string') {
    throw invalid(`${path} is malformed.`)
  }
  return value.value
}

/** Reads an object identifier in dotted form. @throws RexError CERTIFICATE_INVALID */
export function oid(value: Asn1 | undefined, path: string): string {
  return asn1.derToOid(content(value, asn1.Type.OID, path))
}

/** Returns the content of a bit string without its count of unused bits, which must be zero. @throws RexError CERTIFICATE_INVALID */
export function wholeBits(value: Asn1 | undefined, path: string): Uint8Array {
  const bits = content(value, asn1.Type.BITSTRING, path)
  if (bits.charCodeAt(0) !== 0) throw invalid(`${path} is malformed.`)
  return fromBinary(bits.slice(1))
}

/** Runs a parser on untrusted bytes and converts anything that it throws to one typed error. @throws RexError CERTIFICATE_INVALID */
export function attempt<T>(path: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    if (RexError.is(cause)) throw cause
    throw invalid(`${path} is malformed.`, cause)
  }
}

/** Makes the error that all files of this folder throw. */
export function invalid(message: string, cause?: unknown): RexError {
  return new RexError('CERTIFICATE_INVALID', message, cause === undefined ? {} : { cause })
}
