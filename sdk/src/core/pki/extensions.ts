// Reads the X.509 extensions that REX supports (RFC 5280, section 4.2). docs/spec/identity.md, "TLS"
import forge from 'node-forge'
import { type Asn1, children, content, fromBinary, invalid, oid, parseDer } from './der.ts'

const { Type, Class } = forge.asn1

/** Object identifiers that occur in REX certificates. */
export const OID = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const

const UNDERSTOOD = new Set<string>(Object.values(OID))
const URI_NAME = 6

/** Extensions of a certificate or signing request. */
export interface Extensions {
  /** URI names of the subject alternative name, in order. */
  readonly uris: readonly string[]
  /** Extended key usage identifiers. Undefined if the extension is absent. */
  readonly usages: readonly string[] | undefined
  /** Basic constraints. Without the extension, `is` is false. */
  readonly ca: { readonly is: boolean; readonly pathLength: number | undefined }
  /** Key usage. Undefined if the extension is absent. */
  readonly keyUsage: { readonly digitalSignature: boolean; readonly certSign: boolean } | undefined
}

/** Reads extensions. Rejects duplicates and unknown critical extensions (T-027). @throws RexError CERTIFICATE_INVALID */
export function readExtensions(sequence: Asn1 | undefined, path: string): Extensions {
  const values = new Map<string, Asn1>()
  for (const extension of children(sequence, path)) {
    const parts = children(extension, path)
    const id = oid(parts[0], path)
    if (parts.length === 3 && !UNDERSTOOD.has(id)) {
      throw invalid(`${path} has an unknown critical extension.`)
    }
    if (values.has(id)) throw invalid(`${path} has an extension twice.`)
    values.set(id, parts.at(-1) as Asn1)
  }
  const value = (id: string) => {
    const bytes = values.get(id)
    return bytes && parseDer(fromBinary(content(bytes, Type.OCTETSTRING, path)), path)
  }
  return {
    uris: readUris(value(OID.subjectAltName), path),
    usages: readUsages(value(OID.extKeyUsage), path),
    ca: readConstraints(value(OID.basicConstraints), path),
    keyUsage: readKeyUsage(value(OID.keyUsage), path),
  }
}

function readUris(names: Asn1 | undefined, path: string): string[] {
  if (names === undefined) return []
  return children(names, path)
    .filter((name) => name.tagClass === Class.CONTEXT_SPECIFIC && Number(name.type) === URI_NAME)
    .map((name) => String(name.value))
}

function readUsages(usages: Asn1 | undefined, path: string): string[] | undefined {
  return usages && children(usages, path).map((usage) => oid(usage, path))
}

function readConstraints(constraints: Asn1 | undefined, path: string): Extensions['ca'] {
  const [is, length] = constraints ? children(constraints, path) : []
  return {
    is: is !== undefined && content(is, Type.BOOLEAN, path) === '\xff',
    pathLength: length && forge.asn1.derToInteger(content(length, Type.INTEGER, path)),
  }
}

function readKeyUsage(usage: Asn1 | undefined, path: string): Extensions['keyUsage'] {
  if (usage === undefined) return undefined
  const bits = content(usage, Type.BITSTRING, path).charCodeAt(1)
  return { digitalSignature: (bits & 0x80) !== 0, certSign: (bits & 0x04) !== 0 }
}
