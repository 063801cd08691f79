// The only TLS configuration: version 1.3, no session tickets, HTTP/2. docs/spec/delivery.md, "Connections"
import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import { RexError } from '../../core/error.ts'
import { parseCertificate } from '../../core/pki/certificate.ts'
import { readPrivateKey } from '../../core/pki/key.ts'
import { toPem } from '../../core/pki/pem.ts'

/** A certificate with its key, as presented in handshakes. */
export interface TlsIdentity {
  /** Leaf certificate, DER. */
  readonly certificate: Uint8Array
  /** Private key, PKCS#8 PEM. */
  readonly privateKey: string
  /** The authority that issued the leaf, DER. A server sends it too, so that enrolling desks can pin it. Default: not sent. */
  readonly authority?: Uint8Array
}

/** ALPN protocol of gRPC. */
export const ALPN = 'h2'

/**
 * Returns the options of a TLS context. Tickets are disabled, because the identity of a resumed session is not checked again (REX-ID-052, T-031).
 * OpenSSL trusts only `authorities`, never the system's. @throws RexError CERTIFICATE_INVALID
 */
export function contextOptions(
  identity: TlsIdentity | undefined,
  authorities: readonly Uint8Array[],
): SecureContextOptions {
  return {
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
    ca: authorities.map((der) => toPem('CERTIFICATE', der)),
    ...(identity && { key: keyOf(identity), cert: chainOf(identity) }),
  }
}

function chainOf({ certificate, authority }: TlsIdentity): string {
  return [certificate, authority].map((der) => (der ? toPem('CERTIFICATE', der) : '')).join('')
}

function keyOf({ certificate, privateKey }: TlsIdentity): string {
  if (!parseCertificate(certificate).x509.checkPrivateKey(readPrivateKey(privateKey))) {
    throw new RexError('CERTIFICATE_INVALID', 'The private key does not belong to the certificate.')
  }
  return privateKey
}
