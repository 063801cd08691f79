// Builds and signs certificates: a gateway's authority, and the leaves that the authority issues. docs/spec/identity.md, "TLS"
import { Buffer } from 'node:buffer'
import { createPublicKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { LIMITS } from '../limits.ts'
import { commonName, forgeKey, signCertificate } from './build.ts'
import type { Certificate } from './certificate.ts'
import { authorityName, type CertificateUsage } from './chain.ts'
import { generateRsaKey, readPrivateKey } from './key.ts'
import { readSigningRequest } from './request.ts'

const { pki } = forge
const DAY = 86_400_000
const AUTHORITY_DAYS = 3653
const LEAF_DAYS = 90

/** Returns this many random bytes. */
type Random = (count: number) => Uint8Array

/** A certification authority with its key. */
export interface Authority {
  /** DER. */
  readonly certificate: Uint8Array
  /** PKCS#8 PEM. */
  readonly privateKey: string
}

/**
 * Creates the certification authority of an organisation's gateway. It is self-signed, is valid for ten years and issues only leaves
 * (REX-ID-054).
 */
export async function createAuthority(options: {
  readonly organisation: string
  /** Unix milliseconds. */
  readonly now: number
  /** Start of validity. Unix milliseconds. Default: `now`, backdated by the tolerated skew. */
  readonly sinceMs?: number
  /** Source of the serial number; default: node:crypto. */
  readonly random?: Random
}): Promise<Authority> {
  const privateKey = await generateRsaKey()
  const key = readPrivateKey(privateKey)
  const certificate = build({
    publicKey: createPublicKey(key),
    subject: authorityName(options.organisation),
    issuer: authorityName(options.organisation),
    notBeforeMs: options.sinceMs ?? options.now - LIMITS.skew,
    notAfterMs: options.now + AUTHORITY_DAYS * DAY,
    random: options.random,
  })
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ])
  return { certificate: signCertificate(certificate, key), privateKey }
}

/** Content of a certificate to be issued. */
export interface Issue {
  readonly authority: Authority
  /** PKCS#10 signing request, DER. Its URI name must be `uri`. */
  readonly signingRequest: Uint8Array
  /** The only URI name: `https://org.example` or `https://org.example#desk`. */
  readonly uri: string
  readonly usage: CertificateUsage
  /** Unix milliseconds. */
  readonly now: number
  /** Start of validity. Unix milliseconds. Default: `now`, backdated by the tolerated skew. */
  readonly sinceMs?: number
  /** Validity in days. Default: 90. */
  readonly days?: number
  /** DNS names and IP addresses of a gateway, for other tools such as TLS clients; REX never checks them. Default: none. */
  readonly hosts?: readonly string[]
  readonly random?: Random
}

/** Whether a leaf is due for renewal because at most a third of the usual lifetime is left (REX-ID-053). */
export function isRenewalDue({ notAfterMs }: Pick<Certificate, 'notAfterMs'>, now: number): boolean {
  return now >= notAfterMs - (LEAF_DAYS / 3) * DAY
}

/**
 * Whether a leaf was issued while the clock was ahead: it expires later than any leaf that could be issued by now, and earlier
 * than its authority (REX-ID-064).
 */
export function wasIssuedAhead(
  { notAfterMs }: Pick<Certificate, 'notAfterMs'>,
  { authority, now }: { readonly authority: Pick<Certificate, 'notAfterMs'>; readonly now: number },
): boolean {
  return notAfterMs > now + LEAF_DAYS * DAY + DAY && notAfterMs < authority.notAfterMs
}

/** Checks a signing request and issues a leaf certificate for it, as DER (REX-ID-050, REX-ID-055). @throws RexError CERTIFICATE_INVALID */
export function issueCertificate(issue: Issue): Uint8Array {
  const publicKey = readSigningRequest(issue.signingRequest, issue.uri)
  const authority = new X509Certificate(issue.authority.certificate)
  const certificate = build({
    publicKey,
    subject: `REX ${issue.usage}`,
    issuer: authority.subject.replace(/^CN=/, ''),
    notBeforeMs: issue.sinceMs ?? issue.now - LIMITS.skew,
    notAfterMs: Math.min(issue.now + (issue.days ?? LEAF_DAYS) * DAY, authority.validToDate.getTime()),
    random: issue.random,
  })
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true },
    { name: 'extKeyUsage', serverAuth: issue.usage === 'gateway', clientAuth: true },
    { name: 'subjectAltName', altNames: altNames(issue) },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: keyIdentifier(authority.publicKey) },
  ])
  return signCertificate(certificate, readPrivateKey(issue.authority.privateKey))
}

function build(fields: {
  readonly publicKey: KeyObject
  readonly subject: string
  readonly issuer: string
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly random: Random | undefined
}): forge.pki.Certificate {
  const certificate = pki.createCertificate()
  certificate.publicKey = forgeKey(fields.publicKey)
  certificate.serialNumber = serialNumber(fields.random ?? randomBytes)
  certificate.validity.notBefore = wholeSecond(fields.notBeforeMs)
  certificate.validity.notAfter = wholeSecond(fields.notAfterMs)
  certificate.setSubject([commonName(fields.subject)])
  certificate.setIssuer([commonName(fields.issuer)])
  return certificate
}

function keyIdentifier(key: KeyObject): string {
  return pki.getPublicKeyFingerprint(forgeKey(key), { type: 'RSAPublicKey' }).getBytes()
}

function altNames(issue: Issue): object[] {
  const hosts = (issue.hosts ?? []).map((host) =>
    isIpAddress(host) ? { type: 7, ip: host } : { type: 2, value: host },
  )
  return [{ type: 6, value: issue.uri }, ...hosts]
}

/** Whether a host is an IP address: IPv4 digits, or anything with a colon. DNS names have neither form. */
function isIpAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':')
}

/** Makes a serial number of 127 random bits that is positive and always of full length (RFC 5280, section 4.1.2.2). */
function serialNumber(random: Random): string {
  const bytes = Buffer.from(random(16))
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40
  return bytes.toString('hex')
}

function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000)
}
