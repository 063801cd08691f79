// Opens TCP connections, directly or through an HTTP proxy (RFC 9110, section 9.3.6). docs/spec/delivery.md, "Connections"
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type Address, formatAddress } from '../../core/address.ts'
import { RexError } from '../../core/error.ts'
import type { HttpProxy } from './proxy.ts'

/** Opens a TCP connection to an address. @throws RexError UNAVAILABLE */
export function connectSocket(
  address: Address,
  proxy: HttpProxy | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(new RexError('UNAVAILABLE', 'The other side cannot be reached.', { cause }))
    if (!proxy) {
      const socket = connect({ ...address, signal }, () => resolve(socket))
      socket.once('error', fail)
      return
    }
    const path = formatAddress(address)
    const authorization = proxy.credentials && `Basic ${Buffer.from(proxy.credentials).toString('base64')}`
    const headers = { host: path, ...(authorization && { 'proxy-authorization': authorization }) }
    request({ ...proxy.address, method: 'CONNECT', path, headers, signal, agent: false })
      .once('connect', ({ statusCode }, socket, head) => {
        if (statusCode !== 200 || head.length > 0) return fail(new Error(`The proxy answered ${statusCode}.`))
        resolve(socket)
      })
      .once('error', fail)
      .end()
  })
}
