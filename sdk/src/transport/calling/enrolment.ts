// Connects a desk to its gateway for enrolment, when the desk has only the digest of the gateway's authority. docs/spec/mailbox.md, "Enrolment"
import { once } from 'node:events'
import { connect } from 'node:tls'
import type { Channel } from '@grpc/grpc-js'
import { parseAddress } from '../../core/address.ts'
import { toHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { fingerprint, parseCertificate } from '../../core/pki/certificate.ts'
import { checkChain } from '../../core/pki/chain.ts'
import { CONNECTION } from '../limits/limits.ts'
import { ALPN, contextOptions } from '../network/tls.ts'
import { type OpenChannel, openChannel } from './channel.ts'
import { parseProxy } from './proxy.ts'
import { connectSocket } from './tunnel.ts'

/** Properties of a gateway from an enrolment token, and settings for the connection to this gateway. */
export interface OpenEnrolmentChannel extends Omit<OpenChannel, 'organisation' | 'authority' | 'identity'> {
  /** SHA-256 of the gateway's certification authority, DER: 32 bytes. */
  readonly authorityDigest: Uint8Array
}

/** A channel to a gateway whose certification authority has the digest in the enrolment token. */
export interface EnrolmentChannel {
  readonly channel: Channel
  /** Entity identifier of the gateway's organisation. */
  readonly organisation: string
  /** The gateway's certification authority, DER. */
  readonly authority: Uint8Array
}

/**
 * Opens a channel for enrolment. In a first handshake, the gateway presents its chain and nothing else is sent. Its authority must match the digest
 * in the token; the channel then pins this authority. @throws RexError UNAVAILABLE, CERTIFICATE_INVALID
 */
export async function openEnrolmentChannel(options: OpenEnrolmentChannel): Promise<EnrolmentChannel> {
  const { authorityDigest, now = Date.now } = options
  const { leaf, authority } = await fetchChain(options)
  if (fingerprint(authority) !== toHex(authorityDigest)) {
    throw new RexError('CERTIFICATE_INVALID', 'The gateway is not the one that made the token.')
  }
  const organisation = parseCertificate(leaf).uris[0] ?? ''
  checkChain({ leaf, authority, organisation, usage: 'gateway', now: now() })
  return { channel: openChannel({ ...options, organisation, authority }), organisation, authority }
}

async function fetchChain(
  options: OpenEnrolmentChannel,
): Promise<{ leaf: Uint8Array; authority: Uint8Array }> {
  const signal = AbortSignal.timeout(options.connectMs ?? CONNECTION.connectMs)
  const proxy = options.proxy === undefined ? undefined : parseProxy(options.proxy)
  const tcp = await connectSocket(parseAddress(options.address), proxy, signal)
  const socket = connect({
    socket: tcp,
    ...contextOptions(undefined, []),
    ALPNProtocols: [ALPN],
    rejectUnauthorized: false,
  })
  try {
    await once(socket, 'secureConnect', { signal })
    const leaf = socket.getPeerX509Certificate()
    const authority = leaf?.issuerCertificate
    if (!leaf || !authority)
      throw new RexError('CERTIFICATE_INVALID', 'The gateway did not send its certification authority.')
    return { leaf: leaf.raw, authority: authority.raw }
  } catch (cause) {
    if (RexError.is(cause)) throw cause
    throw new RexError('UNAVAILABLE', 'The gateway cannot be reached.', { cause })
  } finally {
    socket.on('error', () => {})
    socket.destroy()
  }
}
