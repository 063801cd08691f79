// Reads and writes PKCS#12 files (RFC 7292): a key with its certificates under a password. Reading demands a MAC and limits the work.
// docs/spec/identity.md, "TLS"
import { Buffer } from 'node:buffer'
import forge from 'node-forge'
import { RexError } from '../error.ts'
import { parseCertificate } from './certificate.ts'
import { type Asn1, attempt, children, invalid, parseDer, toBinary, toDer } from './der.ts'
import { readPrivateKey } from './key.ts'
import { toPem } from './pem.ts'

const { asn1, pkcs12, pki } = forge
const { Type } = asn1
const PATH = 'The PKCS#12 file'
const MAX_FILE = 64 * 1024
const PFX_FIELDS = 3
const SEQUENCE = '\x30'

/** Iterations of each password derivation: the number written, and the maximum accepted (T-059). */
const PKCS12_ITERATIONS = 10_000
/** Maximum iterations of all derivations in a file together: for the MAC, the certificates and the key, with one derivation to spare. */
const MOST_ITERATIONS = 4 * PKCS12_ITERATIONS

/** A key with its certificates. */
export interface KeyFile {
  /** PKCS#8 PEM. */
  readonly privateKey: string
  /** Leaf certificate, DER. */
  readonly certificate: Uint8Array
  /** Certificate of the leaf's issuer, DER. Undefined if the file does not include it. */
  readonly authority?: Uint8Array
}

/** Writes a PKCS#12 file with AES-256, PBKDF2 with SHA-256, and a MAC. @throws RexError CERTIFICATE_INVALID */
export function exportPkcs12(file: KeyFile, password: string): Uint8Array {
  readPrivateKey(file.privateKey)
  const certificates = [file.certificate, ...(file.authority ? [file.authority] : [])]
  const structure = pkcs12.toPkcs12Asn1(
    pki.privateKeyFromPem(file.privateKey),
    certificates.map((der) => pki.certificateFromAsn1(asn1.fromDer(toBinary(der)))),
    password,
    { algorithm: 'aes256', prfAlgorithm: 'sha256', saltSize: 16, count: PKCS12_ITERATIONS } as object,
  )
  return toDer(structure)
}

/**
 * Reads a PKCS#12 file. It must be DER of at most 64 KiB, with a MAC, one key and its certificate. It may have at most 10 000 iterations
 * for each derivation, and 40 000 in total (T-059). Use it only for the user's own files, such as an operator's export: node-forge derives keys on
 * the calling thread, and an attacker who knows the password can hide further derivations in the encrypted part. Read untrusted files in a
 * worker that can be terminated.
 * @throws RexError UNLOCK_FAILED for a wrong password, CERTIFICATE_INVALID for everything else
 */
export function importPkcs12(bytes: Uint8Array, password: string): KeyFile {
  const structure = parseDer(bytes, PATH, MAX_FILE)
  if (children(structure, PATH).length !== PFX_FIELDS) throw invalid(`${PATH} has no MAC.`)
  checkWork(structure)
  const content = unlock(structure, password)
  const keys = bags(content, [pki.oids.pkcs8ShroudedKeyBag, pki.oids.keyBag])
  const [key] = keys
  if (keys.length !== 1 || !key?.key) throw invalid(`${PATH} must hold exactly one RSA key.`)
  const privateKey = toPem('PRIVATE KEY', toDer(pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(key.key))))
  return { privateKey, ...pick(bags(content, [pki.oids.certBag]), privateKey) }
}

/** Rejects files whose password derivations would take too long. */
function checkWork(structure: Asn1): void {
  const counts = iterations(structure)
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (counts.some((count) => count > PKCS12_ITERATIONS) || total > MOST_ITERATIONS) {
    throw invalid(`${PATH} asks for more than ${PKCS12_ITERATIONS} iterations.`)
  }
}

/** Finds the iteration counts in a structure. They are the integers that follow a salt. */
function iterations(value: Asn1): number[] {
  const items = Array.isArray(value.value) ? value.value : nested(value)
  return items.flatMap((item, index) => {
    const counts = item.type === Type.INTEGER && items[index - 1]?.type === Type.OCTETSTRING
    return counts ? [integer(item)] : iterations(item)
  })
}

/** Returns the values nested in an octet string, because a PKCS#12 file holds its parts as DER inside octet strings. */
function nested({ type, value }: Asn1): readonly Asn1[] {
  if (type !== Type.OCTETSTRING || typeof value !== 'string' || !value.startsWith(SEQUENCE)) return []
  try {
    return [asn1.fromDer(value)]
  } catch {
    return []
  }
}

function integer({ value }: Asn1): number {
  return Number(BigInt(`0x${Buffer.from(String(value), 'latin1').toString('hex')}`))
}

function unlock(structure: Asn1, password: string): forge.pkcs12.Pkcs12Pfx {
  return attempt(PATH, () => {
    try {
      return pkcs12.pkcs12FromAsn1(structure, true, password)
    } catch (cause) {
      if (!(cause instanceof Error) || !/password/i.test(cause.message)) throw cause
      throw new RexError('UNLOCK_FAILED', 'The password of the PKCS#12 file is wrong.', { cause })
    }
  })
}

function bags(content: forge.pkcs12.Pkcs12Pfx, types: readonly (string | undefined)[]): forge.pkcs12.Bag[] {
  return content.safeContents.flatMap(({ safeBags }) => safeBags).filter(({ type }) => types.includes(type))
}

/** Finds the certificate that belongs to the key and, if the file contains it, the certificate of the issuer. */
function pick(bags: readonly forge.pkcs12.Bag[], privateKey: string): Omit<KeyFile, 'privateKey'> {
  const key = readPrivateKey(privateKey)
  const certificates = bags.map(({ cert }) => {
    if (!cert) throw invalid(`${PATH} holds a certificate that is not RSA.`)
    return parseCertificate(toDer(pki.certificateToAsn1(cert)))
  })
  const leaf = certificates.find(({ x509 }) => x509.checkPrivateKey(key))
  if (!leaf) throw invalid(`${PATH} holds no certificate of its key.`)
  const authority = certificates.find(({ x509 }) => x509 !== leaf.x509 && leaf.x509.checkIssued(x509))
  return { certificate: leaf.der, ...(authority && { authority: authority.der }) }
}
