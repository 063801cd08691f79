// The gRPC client: a TLS connection and the calls on it. docs/spec/delivery.md, "Connections"
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

/** Timeout for establishing a connection, in milliseconds. */
const CONNECT_MS = 10_000

/** The address to connect to, and the server expected there. */
export interface Dial {
  /** `host:port`. */
  readonly address: string
  /** URI name that the server's certificate must have. */
  readonly organisation: string
  /** The authority that issues the server's certificate, DER. */
  readonly authority: Uint8Array
  /** The client's certificate. Default: none. */
  readonly identity?: TlsIdentity | undefined
  /** Deviations from a correct handshake. */
  readonly tls?: ConnectionOptions
  /** Bytes of answers that the server may send on a call before the client reads them. Default: 65 535. */
  readonly window?: number
}

/** A call to which the client writes requests, and from which it reads answers. */
export interface ClientCall<Request, Response> {
  write(message: Request): void
  /** Writes raw bytes as a message. `compressed`: sets the compressed flag of the frame. */
  writeBytes(bytes: Uint8Array, compressed?: boolean): void
  /** Writes bytes that need not be a whole message. Resolves when the server's window has admitted them, or the call has ended. */
  writePart(bytes: Uint8Array): Promise<void>
  /** Closes the request side of the call. */
  end(): void
  /** Returns the next answer, or undefined if there are no more; `ended` states why. */
  read(): Promise<Response | undefined>
  /** Cancels the call. */
  cancel(): void
  /** Resolves with the status when the call has ended. */
  readonly ended: Promise<CallEnd>
}

/** A connection to an authenticated server. */
export interface Connection {
  open<Request, Response>(
    service: Service,
    method: Method<Request, Response>,
    headers?: Readonly<Record<string, string>>,
  ): ClientCall<Request, Response>
  /** Makes a unary call and returns its answer. @throws Refused */
  call<Request, Response>(
    service: Service,
    method: Method<Request, Response>,
    request: Request,
  ): Promise<Response>
  /** Resolves when either side has closed the connection. */
  readonly closed: Promise<void>
  readonly socket: TLSSocket
  /** Sends a ping, and waits for its answer. */
  ping(): Promise<void>
  isOpen(): boolean
  close(): void
}

/** Thrown for a call that did not end with OK, or ended without an answer. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly end: CallEnd
  constructor(end: CallEnd) {
    super(`${end.status}: ${end.message}`)
    this.end = end
  }
}

/** Connects. Resolves when the server has accepted the handshake, and rejects if the connection fails. */
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
    ping: () =>
      new Promise((resolve, reject) => session.ping((error) => (error ? reject(error) : resolve()))),
    isOpen: () => !session.destroyed && !session.closed,
    close: () => session.destroy(),
  }
}

/** Returns the options of a correct handshake, with the deviations of `tls`. */
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

/** Waits for the server's SETTINGS: with TLS 1.3, only they show the client that the server accepted its certificate. */
function established(socket: TLSSocket, { address, window }: Dial): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(failed, CONNECT_MS, new Error(`no connection within ${CONNECT_MS} ms`))
    socket.once('error', failed)
    socket.once('close', () => failed(new Error('the server closed the connection')))
    socket.once('secureConnect', () => {
      const session = connectHttp2(`https://${address}`, {
        createConnection: () => socket,
        ...(window !== undefined && { settings: { initialWindowSize: window } }),
      })
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
    writePart: (bytes) => new Promise((resolve) => void stream.write(bytes, () => resolve())),
    end: () => void stream.end(),
    async read() {
      // Ignore the error of a stream that was reset, because `ended` reports how it ended.
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
      // A response without messages has its status in the headers.
      if (headers['grpc-status'] !== undefined) resolve(endOf(headers))
    })
    stream.once('trailers', (trailers) => resolve(endOf(trailers)))
    stream.once('error', () => {})
    stream.once('close', () => resolve({ status: 'LOST', message: `reset with ${stream.rstCode}` }))
  })
}

/**
 * Connects with an ALPN protocol other than HTTP/2, sends `bytes` and reads until the server closes. @throws if the
 * connection fails
 */
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
