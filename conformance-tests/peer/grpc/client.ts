// The calling side: a TLS connection and calls on it. docs/spec/delivery.md, "Connections"
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
} from 'node:http2'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import type { TlsIdentity } from '../tls/certificate.ts'
import { certificatePem, keyPem } from '../tls/keys.ts'
import { type CallEnd, endOf, framed, type Method, messagesOf, pathOf, type Service } from './messages.ts'

/** Milliseconds until a connection must stand. */
const CONNECT_MS = 10_000

/** Where to connect, and who is expected there. */
export interface Dial {
  /** `host:port`. */
  readonly address: string
  /** URI that the server's certificate must have. */
  readonly organisation: string
  /** Authority of the server, DER. */
  readonly authority: Uint8Array
  /** Own certificate. Default: none. */
  readonly identity?: TlsIdentity | undefined
  /** What differs from a right handshake. */
  readonly tls?: ConnectionOptions
}

/** A call: requests are written, answers are read. */
export interface ClientCall<Request, Response> {
  write(message: Request): void
  /** Bytes in place of a message; `compressed`: with the mark of compression. */
  writeBytes(bytes: Uint8Array, compressed?: boolean): void
  /** Ends the requests. */
  end(): void
  /** Returns the next answer, or undefined if there are no more; `ended` states why. */
  read(): Promise<Response | undefined>
  /** Cancels the call. */
  cancel(): void
  /** Resolves when the call has ended. */
  readonly ended: Promise<CallEnd>
}

/** A connection to a server that was recognised. */
export interface Connection {
  open<Request, Response>(
    service: Service,
    method: Method<Request, Response>,
    headers?: Readonly<Record<string, string>>,
  ): ClientCall<Request, Response>
  /** A call with one answer. @throws Refused */
  call<Request, Response>(
    service: Service,
    method: Method<Request, Response>,
    request: Request,
  ): Promise<Response>
  /** Resolves when the connection is closed, by whichever side. */
  readonly closed: Promise<void>
  readonly socket: TLSSocket
  isOpen(): boolean
  close(): void
}

/** A call that did not end with OK, or ended without an answer. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly end: CallEnd
  constructor(end: CallEnd) {
    super(`${end.status}: ${end.message}`)
    this.end = end
  }
}

/** Connects; the server has accepted the handshake when this resolves. Rejects if there is no connection. */
export async function connect(dial: Dial): Promise<Connection> {
  const socket = connectTls(tlsOptions(dial))
  const session = await established(socket, dial)
  const closed = new Promise<void>((resolve) => session.once('close', resolve))
  session.on('error', () => {})
  return {
    open: (service, method, headers) => openCall(session, { service, method, headers }),
    async call(service, method, request) {
      const call = openCall(session, { service, method })
      call.write(request)
      call.end()
      const answer = await call.read()
      const end = await call.ended
      if (end.status !== 'OK' || answer === undefined) throw new Refused(end)
      return answer
    },
    closed,
    socket,
    isOpen: () => !session.destroyed && !session.closed,
    close: () => session.destroy(),
  }
}

/** Options of the handshake that the specification describes, with what differs from it. */
export function tlsOptions({ address, organisation, authority, identity, tls }: Dial): ConnectionOptions {
  const at = address.lastIndexOf(':')
  return {
    host: address.slice(0, at).replaceAll(/[[\]]/g, ''),
    port: Number(address.slice(at + 1)),
    ALPNProtocols: ['h2'],
    minVersion: 'TLSv1.3',
    ca: certificatePem(authority),
    checkServerIdentity: (_host, { subjectaltname }) =>
      subjectaltname?.split(', ').includes(`URI:${organisation}`)
        ? undefined
        : new Error(`The server is not ${organisation}, but ${subjectaltname}.`),
    ...(identity && { key: keyPem(identity.key), cert: certificatePem(identity.certificate) }),
    ...tls,
  }
}

/** With TLS 1.3, a client learns only after its handshake whether the server took its certificate: its SETTINGS say so. */
function established(socket: TLSSocket, { address }: Dial): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(failed, CONNECT_MS, new Error(`no connection within ${CONNECT_MS} ms`))
    socket.once('error', failed)
    socket.once('close', () => failed(new Error('the server closed the connection')))
    socket.once('secureConnect', () => {
      const session = connectHttp2(`https://${address}`, { createConnection: () => socket })
      session.once('error', failed)
      session.once('remoteSettings', () => {
        clearTimeout(timer)
        resolve(session)
      })
    })
    socket.once('close', () => clearTimeout(timer))
  })
}

interface Opening<Request, Response> {
  readonly service: Service
  readonly method: Method<Request, Response>
  readonly headers?: Readonly<Record<string, string>> | undefined
}

function openCall<Request, Response>(
  session: ClientHttp2Session,
  { service, method, headers }: Opening<Request, Response>,
): ClientCall<Request, Response> {
  const stream = session.request(
    {
      ':method': 'POST',
      ':path': pathOf(service, method),
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    },
    { endStream: false },
  )
  const ended = endOfStream(stream)
  const answers = messagesOf(stream)
  return {
    write: (message) => void stream.write(framed(method.requestType.encode(message).finish())),
    writeBytes: (bytes, compressed) => void stream.write(framed(bytes, compressed)),
    end: () => void stream.end(),
    async read() {
      // Ignore the error of reading a stream that was cut, because `ended` states how it ended.
      const next = await answers.next().catch(() => undefined)
      return next?.value === undefined ? undefined : method.responseType.decode(next.value)
    },
    cancel: () => stream.close(constants.NGHTTP2_CANCEL),
    ended,
  }
}

function endOfStream(stream: ClientHttp2Stream): Promise<CallEnd> {
  return new Promise((resolve) => {
    stream.once('response', (headers) => {
      // An answer without messages has its status in its headers.
      if (headers['grpc-status'] !== undefined) resolve(endOf(headers))
    })
    stream.once('trailers', (trailers) => resolve(endOf(trailers)))
    stream.once('error', () => {})
    stream.once('close', () => resolve({ status: 'LOST', message: `reset with ${stream.rstCode}` }))
  })
}

/** Connects with another protocol than HTTP/2, sends bytes and reads what comes until the other side closes. @throws if there is no connection */
export function exchange(
  dial: Dial,
  { protocol, bytes }: { readonly protocol: string; readonly bytes?: Uint8Array },
): Promise<Buffer> {
  const socket = connectTls({ ...tlsOptions(dial), ALPNProtocols: [protocol] })
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    if (bytes) socket.write(bytes)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.once('error', reject)
    socket.once('close', () => resolve(Buffer.concat(chunks)))
  })
}
