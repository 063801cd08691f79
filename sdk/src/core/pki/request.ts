// Makes and reads signing requests: PKCS#10 (RFC 2986) with proof of possession. docs/spec/identity.md, "TLS"
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import forge from 'node-forge'
import { commonName, forgeKey, SHA256_RSA, signRequest } from './build.ts'
import { type Asn1, attempt, children, invalid, oid, parseDer, toDer, wholeBits } from './der.ts'
import { readExtensions } from './extensions.ts'
import { readPrivateKey, readPublicKey } from './key.ts'

const { pki } = forge
const PATH = 'The signing request'
const EXTENSION_REQUEST = pki.oids.extensionRequest as string

/** Creates a signing request, as DER, for a certificate with this URI name. @throws RexError CERTIFICATE_INVALID if the key is not acceptable */
export function createSigningRequest(options: {
  /** PKCS#8 PEM, RSA of at least 3072 bits. */
  readonly privateKey: string
  /** `https://org.example` or `https://org.example#desk`. */
  readonly uri: string
}): Uint8Array {
  const key = readPrivateKey(options.privateKey)
  const request = pki.createCertificationRequest()
  request.publicKey = forgeKey(createPublicKey(key))
  request.setSubject([commonName('REX')])
  const extensions = [{ name: 'subjectAltName', altNames: [{ type: 6, value: options.uri }] }]
  request.setAttributes([{ name: 'extensionRequest', extensions }])
  return signRequest(request, key)
}

/**
 * Returns the public key of a signing request whose signature verifies and that requests exactly this URI name. Everything else in the
 * request is ignored, because the authority decides it (REX-ID-059). @throws RexError CERTIFICATE_INVALID
 */
export function readSigningRequest(der: Uint8Array, uri: string): KeyObject {
  const [info, algorithm, signature] = children(parseDer(der, PATH), PATH, 3)
  const fields = children(info, PATH, 4)
  const key = readPublicKey(toDer(fields[2] as Asn1), PATH)
  if (oid(children(algorithm, PATH)[0], PATH) !== SHA256_RSA)
    throw invalid(`${PATH} must be signed with SHA-256.`)
  const proven = attempt(PATH, () => verify('sha256', toDer(info as Asn1), key, wholeBits(signature, PATH)))
  if (!proven) throw invalid(`${PATH} does not prove possession of its key.`)
  if (requestedUri(fields[3] as Asn1) !== uri) throw invalid(`${PATH} asks for another name.`)
  return key
}

/** Returns the requested URI name if there is exactly one. */
function requestedUri(attributes: Asn1): string | undefined {
  const requests = children(attributes, PATH)
    .map((attribute) => children(attribute, PATH, 2))
    .filter(([type]) => oid(type, PATH) === EXTENSION_REQUEST)
  if (requests.length !== 1) return undefined
  const { uris } = readExtensions(children(requests[0]?.[1], PATH, 1)[0], PATH)
  return uris.length === 1 ? uris[0] : undefined
}
