// Whom a client certificate speaks for: decided from pinned authorities, again for every call. docs/spec/delivery.md, "Connections"
import { RexError } from '../core/error.ts'
import { type Certificate, fingerprint, parseCertificate } from '../core/pki/certificate.ts'
import { type CertificateUsage, certificateUri, checkAuthority, checkChain } from '../core/pki/chain.ts'

/** Someone who may connect: a gateway of a paired organisation, or a desk of an organisation served here. */
export interface TrustedPeer {
  readonly organisation: string
  readonly usage: CertificateUsage
  /** Pinned certification authority, DER. During a change, the same peer may stand here twice. */
  readonly authority: Uint8Array
}

/** An authenticated peer. */
export interface Peer {
  readonly organisation: string
  readonly usage: CertificateUsage
  /** URI name of the certificate. */
  readonly uri: string
  readonly certificate: Certificate
}

/** Decides who a leaf certificate speaks for. */
export interface PeerCheck {
  /** The peer of a leaf, DER. @throws RexError UNAUTHENTICATED if it is not that of a trusted peer, now */
  admit(leaf: Uint8Array): Peer
  /** Replaces the trusted peers; those whose authority is unacceptable are left out and returned with the reason. */
  replace(peers: readonly TrustedPeer[]): readonly (readonly [TrustedPeer, RexError])[]
}

/** Makes a check that trusts nobody yet. `now` is the clock, Unix milliseconds. */
export function createPeerCheck(now: () => number): PeerCheck {
  let trusted = new Map<string, TrustedPeer[]>()
  let admitted = new Map<string, Peer>()
  let accepted = new Set<string>()

  const decide = (leaf: Uint8Array): Peer => {
    const uri = parseCertificate(leaf).uris[0] ?? ''
    let refusal = new RexError('CERTIFICATE_INVALID', 'The organisation is not paired.')
    for (const { organisation, usage, authority } of trusted.get(uri) ?? []) {
      try {
        return {
          organisation,
          usage,
          uri,
          certificate: checkChain({ leaf, authority, organisation, usage, now: now() }),
        }
      } catch (error) {
        refusal = RexError.from(error)
      }
    }
    throw refusal
  }
  const current = (peer: Peer | undefined): Peer | undefined =>
    peer && now() <= peer.certificate.notAfterMs ? peer : undefined

  return {
    admit(leaf) {
      const id = fingerprint(leaf)
      try {
        const peer = current(admitted.get(id)) ?? decide(leaf)
        admitted.set(id, peer)
        return peer
      } catch (cause) {
        throw new RexError('UNAUTHENTICATED', `No acceptable certificate: ${RexError.from(cause).message}`, {
          cause,
        })
      }
    },
    replace(peers) {
      const refused: (readonly [TrustedPeer, RexError])[] = []
      const next = new Map<string, TrustedPeer[]>()
      const stillAccepted = new Set<string>()
      for (const peer of peers) {
        const id = `${peer.organisation} ${fingerprint(peer.authority)}`
        try {
          if (!accepted.has(id)) checkAuthority(peer.authority, peer.organisation, now())
        } catch (error) {
          refused.push([peer, RexError.from(error)])
          continue
        }
        stillAccepted.add(id)
        const uri = certificateUri(peer.organisation, peer.usage)
        next.set(uri, [...(next.get(uri) ?? []), peer])
      }
      trusted = next
      accepted = stillAccepted
      admitted = new Map()
      return refused
    },
  }
}
