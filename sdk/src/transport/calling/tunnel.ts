// Opens TCP connections, directly or through an HTTP proxy (RFC 9110, section 9.3.6). docs/spec/delivery.md, "Connections"
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type Address, formatAddress } from '../../core/address.ts'
import { RexError } from '../../core/error.ts'
import { proxyRefusal } from '../messages/status.ts'
import type { HttpProxy } from './proxy.ts'

/** Opens a TCP connection to an address. @throws RexError UNAVAILABLE */
export async function connectSocket(
  address: Address,
  proxy: HttpProxy | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect({ ...(proxy?.address ?? address), signal }, () => resolve(socket))
  socket.once('error', (cause) => reject(unreachable(cause)))
  await promise
  return proxy ? await openTunnel(socket, { address, proxy, signal }) : socket
}

/** The tunnel to request, and the proxy to ask for it. */
interface TunnelOptions {
  /** The address at the other end of the tunnel. */
  readonly address: Address
  readonly proxy: HttpProxy
  readonly signal: AbortSignal
}

/**
 * Asks the proxy at the other end of a connection for a tunnel. Returns the connection, which then leads to the address. If the proxy refuses, the
 * connection is closed. @throws RexError UNAVAILABLE
 */
export function openTunnel(socket: Socket, { address, proxy, signal }: TunnelOptions): Promise<Socket> {
  const path = formatAddress(address)
  const authorization = proxy.credentials && `Basic ${Buffer.from(proxy.credentials).toString('base64')}`
  const headers = { host: path, ...(authorization && { 'proxy-authorization': authorization }) }
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const fail = (cause?: unknown) => reject(unreachable(cause))
  request({ createConnection: () => socket, method: 'CONNECT', path, headers, signal })
    .once('connect', ({ statusCode }, _, head) => {
      if (statusCode === 200 && head.length === 0) return resolve(socket)
      socket.destroy()
      reject(proxyRefusal(statusCode ?? 0))
    })
    .once('error', fail)
    .once('close', fail)
    .end()
  return promise
}

const unreachable = (cause: unknown) =>
  new RexError('UNAVAILABLE', 'The other side cannot be reached.', { cause })
