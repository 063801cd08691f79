// Identifies the peer of a client certificate by pinned authorities, anew for every call. docs/spec/delivery.md, "Connections"
import type { TLSSocket } from 'node:tls'
import { RexError } from '../../core/error.ts'
import { type Certificate, fingerprint, parseCertificate } from '../../core/pki/certificate.ts'
import { type CertificateUsage, certificateUri, checkAuthority, checkChain } from '../../core/pki/chain.ts'
import type { Refusal } from './refusal.ts'

const MAX_ADMITTED = 4096

/** A peer that may connect: a gateway of a paired organisation, or a desk of an organisation served here. */
export interface TrustedPeer {
  readonly organisation: string
  readonly usage: CertificateUsage
  /** Pinned certification authority, DER. While the authority changes, the same peer may be listed twice. */
  readonly authority: Uint8Array
  /** Whether a certificate of this authority was revoked (REX-MBX-102, REX-ID-085). Default: none was. */
  readonly revoked?: (certificate: Certificate) => boolean
}

/** An authenticated peer. */
export interface Peer {
  readonly organisation: string
  readonly usage: CertificateUsage
  /** URI name of the certificate. */
  readonly uri: string
  readonly certificate: Certificate
}

/** Identifies the peer of a leaf certificate. */
export interface PeerCheck {
  /** Returns the peer of a leaf, DER. @throws RexError UNAUTHENTICATED unless the leaf currently belongs to a trusted peer */
  admit(leaf: Uint8Array): Peer
  /** Replaces the trusted peers. Leaves out peers with an unacceptable authority, and returns them with the reason. */
  replace(peers: readonly TrustedPeer[]): readonly (readonly [TrustedPeer, RexError])[]
}

type Trusted = ReadonlyMap<string, readonly TrustedPeer[]>

/** Creates a check that trusts no peer yet. `now` is the clock, Unix milliseconds. */
export function createPeerCheck(now: () => number): PeerCheck {
  let trusted: Trusted = new Map()
  let sound: ReadonlySet<string> = new Set()
  const admitted = new Map<string, Peer>()
  return {
    admit(leaf) {
      const id = fingerprint(leaf)
      const known = admitted.get(id)
      if (known && now() <= known.certificate.notAfterMs) return known
      const peer = identify(leaf, trusted, now())
      if (admitted.size >= MAX_ADMITTED) admitted.clear()
      admitted.set(id, peer)
      return peer
    },
    replace(peers) {
      const refused: [TrustedPeer, RexError][] = []
      const accepted = peers.filter((peer) => {
        const error = sound.has(pinOf(peer)) ? undefined : defectOf(peer, now())
        if (error) refused.push([peer, error])
        return !error
      })
      trusted = Map.groupBy(accepted, ({ organisation, usage }) => certificateUri(organisation, usage))
      sound = new Set(accepted.map(pinOf))
      admitted.clear()
      return refused
    },
  }
}

/** Returns the peer of a leaf among the trusted peers that have the leaf's first URI name. @throws RexError UNAUTHENTICATED */
function identify(leaf: Uint8Array, trusted: Trusted, now: number): Peer {
  const refused: RexError[] = []
  for (const peer of trusted.get(claimOf(leaf)) ?? []) {
    const { organisation, usage, revoked } = peer
    try {
      const certificate = checkChain({ ...peer, leaf, now })
      if (revoked?.(certificate)) throw wasRevoked()
      return { organisation, usage, uri: certificateUri(organisation, usage), certificate }
    } catch (error) {
      refused.push(unauthenticated(RexError.from(error), refusalFor(leaf, peer)))
    }
  }
  // If the peer has several authorities, prefers the reason from the one that issued the certificate.
  const [why = unauthenticated(new RexError('CERTIFICATE_INVALID', 'The organisation is not paired.'))] =
    refused.toSorted((a, b) => Number('refusal' in b.metadata) - Number('refusal' in a.metadata))
  throw why
}

function wasRevoked(): RexError {
  return new RexError('CERTIFICATE_INVALID', 'The credential was revoked, or there is no record of it.')
}

/** Returns the reason that the client is given, or undefined if this authority did not issue the client's certificate (T-074). */
function refusalFor(leaf: Uint8Array, peer: TrustedPeer): Refusal | undefined {
  try {
    const { notBeforeMs } = parseCertificate(leaf)
    const certificate = checkChain({ ...peer, leaf, now: notBeforeMs })
    return peer.revoked?.(certificate) ? 'revoked' : 'certificate'
  } catch {
    return undefined
  }
}

/** Returns the URI name that a leaf claims. */
function claimOf(leaf: Uint8Array): string {
  try {
    return parseCertificate(leaf).uris[0] ?? ''
  } catch (error) {
    throw unauthenticated(RexError.from(error))
  }
}

function unauthenticated(cause: RexError, refusal?: Refusal): RexError {
  const metadata = refusal === undefined ? {} : { refusal }
  return new RexError('UNAUTHENTICATED', `No acceptable certificate: ${cause.message}`, { cause, metadata })
}

function pinOf({ organisation, authority }: TrustedPeer): string {
  return `${organisation} ${fingerprint(authority)}`
}

function defectOf({ organisation, authority }: TrustedPeer, now: number): RexError | undefined {
  try {
    checkAuthority(authority, organisation, now)
    return undefined
  } catch (error) {
    return RexError.from(error)
  }
}

/** Returns the peer of a new TLS connection. @throws RexError UNAUTHENTICATED */
export function authenticate(socket: TLSSocket, check: PeerCheck): Peer {
  const leaf = socket.getPeerX509Certificate()
  if (!leaf) throw new RexError('UNAUTHENTICATED', 'The client sent no certificate.')
  const peer = check.admit(leaf.raw)
  // grpc-js exposes the certificate of a call only if `authorized` is set, and Node sets it only if Node itself verifies the certificate.
  socket.authorized = true
  // Cache the certificate, because grpc-js reads it on every call and Node parses it each time. The certificate cannot change during a TLS 1.3
  // connection.
  Object.assign(socket, { getPeerCertificate: () => ({ raw: leaf.raw }) })
  return peer
}
