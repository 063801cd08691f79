// Signs, with OpenSSL, the certificates and requests that node-forge builds. docs/spec/identity.md, "TLS"
import { type KeyObject, sign } from 'node:crypto'
import forge from 'node-forge'
import { type Asn1, toBinary, toDer } from './der.ts'

/** Functions of node-forge that its type declarations lack. */
interface Builders {
  getTBSCertificate(certificate: forge.pki.Certificate): Asn1
  getCertificationRequestInfo(request: forge.pki.CertificateSigningRequest): Asn1
  certificationRequestToAsn1(request: forge.pki.CertificateSigningRequest): Asn1
}

const { pki } = forge
const builders = pki as typeof pki & Builders

/** The signature algorithm of certificates made by REX: RSA (PKCS#1 v1.5) with SHA-256. */
export const SHA256_RSA = pki.oids.sha256WithRSAEncryption as string

/** Signs a certificate and returns it as DER. */
export function signCertificate(certificate: forge.pki.Certificate, key: KeyObject): Uint8Array {
  certificate.signatureOid = SHA256_RSA
  certificate.siginfo.algorithmOid = SHA256_RSA
  certificate.tbsCertificate = builders.getTBSCertificate(certificate)
  certificate.signature = signature(certificate.tbsCertificate, key)
  return toDer(pki.certificateToAsn1(certificate))
}

/** Signs a signing request and returns it as DER. */
export function signRequest(request: forge.pki.CertificateSigningRequest, key: KeyObject): Uint8Array {
  request.signatureOid = SHA256_RSA
  request.siginfo.algorithmOid = SHA256_RSA
  const info = builders.getCertificationRequestInfo(request)
  request.certificationRequestInfo = info
  request.signature = signature(info, key)
  return toDer(builders.certificationRequestToAsn1(request))
}

function signature(content: Asn1, key: KeyObject): string {
  return toBinary(sign('sha256', toDer(content), key))
}

/** Converts a public key to node-forge's form. */
export function forgeKey(key: KeyObject): forge.pki.rsa.PublicKey {
  const der = key.export({ type: 'spki', format: 'der' })
  return pki.publicKeyFromAsn1(forge.asn1.fromDer(toBinary(der))) as forge.pki.rsa.PublicKey
}

/** Makes a common name from ASCII text. */
export function commonName(value: string): forge.pki.CertificateField {
  return { name: 'commonName', value, valueTagClass: forge.asn1.Type.UTF8 as unknown as forge.asn1.Class }
}
