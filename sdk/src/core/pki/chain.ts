// Checks that a leaf certificate belongs to an organisation, by the organisation's pinned authority. docs/spec/identity.md, "TLS"
import { type Certificate, parseCertificate } from './certificate.ts'
import { attempt, invalid } from './der.ts'
import { OID } from './extensions.ts'

/** Intended use of a leaf certificate. */
export type CertificateUsage = 'gateway' | 'desk'

/** Returns the only URI name of a leaf: the entity identifier for a gateway, followed by `#desk` for a desk (REX-ID-050). */
export function certificateUri(organisation: string, usage: CertificateUsage): string {
  return usage === 'desk' ? `${organisation}#desk` : organisation
}

/** Returns the common name of an organisation's certification authority. */
export function authorityName(organisation: string): string {
  return `REX ${organisation}`
}

/** Inputs for checking a leaf. */
export interface ChainCheck {
  /** Leaf certificate, DER. */
  readonly leaf: Uint8Array
  /** Pinned authority of the organisation, DER. */
  readonly authority: Uint8Array
  readonly organisation: string
  readonly usage: CertificateUsage
  /** Unix milliseconds. */
  readonly now: number
}

/**
 * Checks a leaf against its organisation's pinned authority. The authority must have issued and signed the leaf, and the leaf must be valid
 * now, for this usage, with exactly this URI name (REX-ID-050, REX-ID-055; T-027, T-028, T-030). OpenSSL verifies the signatures.
 * @throws RexError CERTIFICATE_INVALID
 */
export function checkChain(check: ChainCheck): Certificate {
  const path = 'The certificate'
  const authority = checkAuthority(check.authority, check.organisation, check.now)
  const leaf = parseCertificate(check.leaf, path)
  checkIssued(leaf, authority, path)
  checkValidity(leaf, check.now, path)
  checkLeaf(leaf, check.usage)
  checkUri(leaf, certificateUri(check.organisation, check.usage))
  return leaf
}

/**
 * Checks a leaf against several pinned authorities of its organisation, as during a change of the authority. One of them must have issued
 * the leaf.
 * @throws RexError CERTIFICATE_INVALID, with the result for the first authority
 */
export function checkAnyChain(
  check: Omit<ChainCheck, 'authority'>,
  [authority, ...others]: readonly Uint8Array[],
): Certificate {
  try {
    return checkChain({ ...check, authority: authority ?? new Uint8Array() })
  } catch (error) {
    for (const other of others) {
      try {
        return checkChain({ ...check, authority: other })
      } catch {}
    }
    throw error
  }
}

/**
 * Checks a certification authority. It must be self-signed, valid now, CA:TRUE with path length 0, and named after its organisation, so
 * that no organisation can impersonate the authority of another (REX-ID-054; T-027, T-030).
 * @throws RexError CERTIFICATE_INVALID
 */
export function checkAuthority(der: Uint8Array, organisation: string, now: number): Certificate {
  const path = 'The certification authority'
  const authority = parseCertificate(der, path)
  checkIssued(authority, authority, path)
  checkValidity(authority, now, path)
  if (!authority.ca.is || authority.ca.pathLength !== 0 || !authority.keyUsage?.certSign) {
    throw invalid(`${path} cannot issue leaf certificates.`)
  }
  if (authority.x509.subject !== `CN=${authorityName(organisation)}`) {
    throw invalid(`${path} does not carry the name of its organisation.`)
  }
  return authority
}

/** Whether an authority has issued a certificate, judged by both name and signature. */
export function isIssuedBy(leaf: Certificate, authority: Certificate): boolean {
  return leaf.x509.checkIssued(authority.x509) && leaf.x509.verify(authority.x509.publicKey)
}

function checkIssued(leaf: Certificate, authority: Certificate, path: string): void {
  if (!attempt(path, () => isIssuedBy(leaf, authority)))
    throw invalid(`${path} was not issued by the authority of its organisation.`)
}

function checkValidity(certificate: Certificate, now: number, path: string): void {
  if (now < certificate.notBeforeMs) throw invalid(`${path} is not valid yet.`)
  if (now > certificate.notAfterMs) throw invalid(`${path} has expired.`)
}

function checkLeaf(leaf: Certificate, usage: CertificateUsage): void {
  if (leaf.ca.is || leaf.keyUsage?.certSign) throw invalid('The certificate is that of an authority.')
  if (!leaf.keyUsage?.digitalSignature) throw invalid('The certificate is not for signing handshakes.')
  const serves = leaf.usages?.includes(OID.serverAuth) ?? false
  const calls = leaf.usages?.includes(OID.clientAuth) ?? false
  if (!calls || serves !== (usage === 'gateway')) throw invalid(`The certificate is not that of a ${usage}.`)
}

function checkUri(leaf: Certificate, uri: string): void {
  if (leaf.uris.length !== 1 || leaf.uris[0] !== uri) {
    throw invalid('The certificate does not carry exactly the one URI name expected.')
  }
}
