// Keys, certificates and a service for the tests of this folder. docs/spec/delivery.md, "Connections"

import { type CertificateUsage, certificateUri } from '../../core/pki/chain.ts'
import { type Authority, createAuthority, issueCertificate } from '../../core/pki/issue.ts'
import { generateRsaKey } from '../../core/pki/key.ts'
import { createSigningRequest } from '../../core/pki/request.ts'
import type { TrustedPeer } from '../network/peer.ts'
import type { TlsIdentity } from '../network/tls.ts'

/** A test organisation with its authority, and one key for all its certificates. */
export interface TestOrganisation {
  readonly organisation: string
  readonly authority: Authority
  readonly gateway: TlsIdentity
  readonly desk: TlsIdentity
  /** Issues another certificate. */
  issue(usage: CertificateUsage, now?: number): TlsIdentity
  /** Returns the entry under which other organisations trust this organisation. */
  trusted(usage: CertificateUsage): TrustedPeer
}

/** Creates an organisation. */
export async function testOrganisation(organisation: string): Promise<TestOrganisation> {
  const [authority, privateKey] = await Promise.all([
    createAuthority({ organisation, now: Date.now() }),
    generateRsaKey(),
  ])
  const issue = (usage: CertificateUsage, now = Date.now()): TlsIdentity => {
    const uri = certificateUri(organisation, usage)
    const signingRequest = createSigningRequest({ privateKey, uri })
    const certificate = issueCertificate({ authority, signingRequest, uri, usage, now })
    return { certificate, privateKey, authority: authority.certificate }
  }
  return {
    organisation,
    authority,
    gateway: issue('gateway'),
    desk: issue('desk'),
    issue,
    trusted: (usage) => ({ organisation, usage, authority: authority.certificate }),
  }
}
