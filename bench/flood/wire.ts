// Opens the attacker's TLS and HTTP/2 connections, from any local address. docs/guide/benchmark.md, "Floods"
import { Buffer } from 'node:buffer'
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { parseAddress, type TlsIdentity } from '@rex/sdk/transport'
import { contextOptions } from '../../sdk/src/transport/network/tls.ts'

/** Source, target and identity of a connection. */
export interface Dial {
  readonly address: string
  /** Client certificate and key. If absent, the connection has no client certificate. */
  readonly identity?: TlsIdentity
  /** Local address to connect from. On Linux, all of 127.0.0.0/8 is local. */
  readonly localAddress: string
}

/** Opens a TCP connection. Resolves with `undefined` if it is refused. */
export function dialTcp({ address, localAddress }: Dial): Promise<Socket | undefined> {
  const socket = connectTcp({ ...parseAddress(address), localAddress })
  socket.on('error', () => {})
  return opened(socket, 'connect')
}

/** Opens a TLS connection. Resolves with `undefined` if it is refused. */
export async function dialTls(dial: Dial): Promise<TLSSocket | undefined> {
  const tcp = await dialTcp(dial)
  if (!tcp) return undefined
  return opened(secure(tcp, dial), 'secureConnect')
}

/** Begins TLS on a connection. Accepts any server certificate. */
export function secure(
  tcp: Socket,
  { identity, ciphers }: Pick<Dial, 'identity'> & { readonly ciphers?: string },
): TLSSocket {
  const context = { ...contextOptions(identity, []), ...(ciphers !== undefined && { ciphers }) }
  const socket = connectTls({ socket: tcp, ...context, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
  return socket.on('error', () => {})
}

/** Resolves when the connection is open, or with `undefined` if it is refused. */
export function opened<Kind extends Socket>(socket: Kind, event: string): Promise<Kind | undefined> {
  return new Promise((resolve) => {
    socket.once(event, () => resolve(socket))
    socket.once('close', () => resolve(undefined))
  })
}

/** Opens an HTTP/2 connection. Resolves with `undefined` if it is refused. With a zero window, the server cannot send any part of an answer. */
export async function dialHttp2(
  dial: Dial,
  initialWindowSize = 65_535,
): Promise<ClientHttp2Session | undefined> {
  const socket = await dialTls(dial)
  if (!socket) return undefined
  const settings = { initialWindowSize, enablePush: false }
  const session = connectHttp2('https://flooded.example', { createConnection: () => socket, settings })
  session.on('error', () => {})
  return session
}

/** Starts a call. Reads its answers as far as the window allows. */
export function call(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  stream.on('error', () => {})
  return stream.resume()
}

/** Returns the gRPC frame of a message. */
export function frame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** Writes, and resolves when the stream accepts more bytes or is closed. */
export async function write(stream: ClientHttp2Stream | Socket, bytes: Uint8Array): Promise<void> {
  if (stream.destroyed || stream.write(bytes)) return
  await new Promise<void>((resolve) => {
    const done = () => {
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
    stream.once('drain', done)
    stream.once('close', done)
  })
}
