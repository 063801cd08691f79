// Reads X.509 certificates strictly (RFC 5280); chain.ts decides whether to trust them. docs/spec/identity.md, "TLS"
import { Buffer } from 'node:buffer'
import { hash, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { toHex } from '../encoding/encoding.ts'
import { type Asn1, attempt, children, invalid, oid, parseDer } from './der.ts'
import { type Extensions, readExtensions } from './extensions.ts'
import { checkRsa, keyFingerprint } from './key.ts'

const { oids } = forge.pki
const SIGNATURES = new Set([
  oids.sha256WithRSAEncryption,
  oids.sha384WithRSAEncryption,
  oids.sha512WithRSAEncryption,
])
const EXTENSIONS_TAG = 3

/** The content of a certificate that has been read. Whether to trust the certificate is not decided yet. */
export interface Certificate extends Extensions {
  readonly der: Uint8Array
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly fingerprint: string
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal. A renewed certificate for the same key has the same value. */
  readonly keyFingerprint: string
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** The certificate as OpenSSL parsed it: names, key and signature checks. */
  readonly x509: X509Certificate
}

/**
 * Parses a certificate. It must be canonical DER of version 3, with RSA of at least 3072 bits, SHA-256 or stronger, no duplicate extension
 * and no unknown critical extension (REX-ID-056; T-027, T-030). `path` names the certificate in errors. @throws RexError
 * CERTIFICATE_INVALID
 */
export function parseCertificate(der: Uint8Array, path = 'The certificate'): Certificate {
  const [tbs, algorithm] = children(parseDer(der, path), path, 3)
  const fields = children(tbs, path)
  checkAlgorithm(algorithm, fields[2], path)
  const x509 = attempt(path, () => new X509Certificate(Buffer.from(der)))
  const key = attempt(path, () => x509.publicKey)
  checkRsa(key, path)
  return {
    der,
    fingerprint: fingerprint(der),
    keyFingerprint: keyFingerprint(key),
    notBeforeMs: x509.validFromDate.getTime(),
    notAfterMs: x509.validToDate.getTime(),
    x509,
    ...readExtensions(extensionsOf(fields, path), path),
  }
}

/** Returns the SHA-256 of a certificate's DER in lower-case hexadecimal, by which pins and tokens identify certificates. */
export function fingerprint(der: Uint8Array): string {
  return toHex(hash('sha256', der, 'buffer'))
}

function checkAlgorithm(outer: Asn1 | undefined, inner: Asn1 | undefined, path: string): void {
  const algorithm = oid(children(outer, path)[0], path)
  if (algorithm !== oid(children(inner, path)[0], path) || !SIGNATURES.has(algorithm)) {
    throw invalid(`${path} must be signed with RSA and SHA-256 or stronger.`)
  }
}

/** Finds the extensions, which exist only in version 3 and come last. */
function extensionsOf(fields: readonly Asn1[], path: string): Asn1 | undefined {
  const last = fields.at(-1)
  const tagged = last?.tagClass === forge.asn1.Class.CONTEXT_SPECIFIC && Number(last.type) === EXTENSIONS_TAG
  if (!tagged) throw invalid(`${path} has no extensions.`)
  return children(last, path, 1)[0]
}
