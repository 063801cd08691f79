// Calls the operations of a service over a socket or an address. docs/guide/service.md
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'
import { RexError } from '../../core/error.ts'
import type { ServiceInfo } from '../operations/answers.ts'
import { OPERATIONS, type Operation, type OperationName } from '../operations/index.ts'
import { errorOf, PROBLEM_TYPE, type Problem } from '../problem.ts'
import { Pulse } from './pulse.ts'

/** Maximum number of running calls, apart from those that wait at the service. Further calls wait in a queue. */
const CALLS = 64
/** Time after which the client closes an idle connection. The service waits longer before it closes one. Milliseconds. */
const IDLE_MS = 4000
/** Maximum time that a service may take to identify itself. Milliseconds. */
const GREETING_MS = 10_000

/** One call. */
export interface Asked {
  /** Parameters of the path. */
  readonly path?: Readonly<Record<string, string>>
  /** Members of the body or the query. */
  readonly input?: object
  readonly with?: string | undefined
  readonly key?: string | undefined
  /** When this signal aborts, the wait for the answer ends. An act that has begun is completed anyway. */
  readonly signal?: AbortSignal | undefined
  /** Whether the call waits at the service until something happens. Default: false. */
  readonly waits?: boolean
}

/** A connection to a service. */
export interface Connection {
  /**
   * Calls an operation, and returns its answer: JSON, bytes, or undefined. @throws RexError of the service, or UNAVAILABLE,
   * PERMISSION_DENIED, CANCELLED, DEADLINE_EXCEEDED if the service hangs
   */
  call<Answer>(name: OperationName, asked?: Asked): Promise<Answer>
  /** Returns how the service identifies itself. @throws RexError UNAVAILABLE, PERMISSION_DENIED, DEADLINE_EXCEEDED if it hangs */
  greet(): Promise<ServiceInfo>
  close(): void
}

/** The address of a service. */
export interface Place {
  /** Path of the service's socket, or URL of the service, for messages. */
  readonly name: string
  /** How to reach the service. */
  readonly to: Pick<RequestOptions, 'socketPath' | 'host' | 'port'>
  /** Present for a connection over TLS. `ca`: certificate of the CA that issued the service's certificate, PEM, if Node does not trust it already. */
  readonly tls?: { readonly ca?: string; readonly servername?: string }
  readonly token?: string
}

/** Opens a connection. The service records `actor` with every change. */
export function openConnection(place: Place, actor: string): Connection {
  const agent = (options: { readonly maxSockets?: number; readonly timeout?: number }) =>
    place.tls
      ? new TlsAgent({ keepAlive: true, minVersion: 'TLSv1.3', ...place.tls, ...options })
      : new Agent({ keepAlive: true, ...options })
  const calls = agent({ maxSockets: CALLS, timeout: IDLE_MS })
  const waits = agent({})
  const closing = new AbortController()
  const send = async <Answer>(sent: Sent): Promise<Answer> => answerOf(await exchange(place, sent)) as Answer
  // Use the agent of the calls that wait, because it has no limit and this call must not queue.
  const live = { method: 'GET', path: '/v1/live', headers: {}, agent: waits }
  const pulse = new Pulse((signal) => send({ ...live, signal }), closing.signal)
  return {
    call: (name, asked = {}) =>
      pulse.run(
        (ended) => {
          const signal = asked.signal ? AbortSignal.any([asked.signal, ended]) : ended
          return send({
            ...sentOf(OPERATIONS[name], asked, actor),
            agent: asked.waits ? waits : calls,
            signal,
          })
        },
        (cause) => hung(place, cause),
      ),
    async greet() {
      const late = new AbortController()
      const timer = setTimeout(() => late.abort(), GREETING_MS)
      const signal = AbortSignal.any([closing.signal, late.signal])
      const sent = { method: 'GET', path: '/v1/service', headers: {}, agent: calls, signal }
      return await send<ServiceInfo>(sent)
        .catch((error: unknown) => {
          throw late.signal.aborted ? hung(place, error) : error
        })
        .finally(() => clearTimeout(timer))
    },
    close() {
      closing.abort()
      for (const agent of [calls, waits]) agent.destroy()
    },
  }
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
  readonly agent: Agent
  readonly signal: AbortSignal
}

function sentOf(
  { method, path, change }: Operation,
  asked: Asked,
  actor: string,
): Omit<Sent, 'agent' | 'signal'> {
  const { path: named = {}, input = {}, with: counterpart, key } = asked
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(named[name] ?? ''))
  const query = new URLSearchParams(counterpart === undefined ? {} : { with: counterpart })
  if (method === 'GET')
    for (const [name, value] of Object.entries(input)) if (value !== undefined) query.set(name, String(value))
  const headers = {
    ...(change && { 'Rex-Actor': bytesOf(actor) }),
    ...(key !== undefined && { 'Idempotency-Key': bytesOf(key) }),
  }
  const to = { method, path: `/v1${filled}${query.size > 0 ? `?${query}` : ''}` }
  if (method === 'GET') return { ...to, headers }
  const body = Buffer.from(JSON.stringify(input))
  return {
    ...to,
    body,
    headers: { ...headers, 'Content-Type': 'application/json', 'Content-Length': String(body.length) },
  }
}

/** Returns a text as a header value that Node sends as the UTF-8 bytes of the text. */
const bytesOf = (text: string) => Buffer.from(text).toString('latin1')

/**
 * Sends a request, and returns the answer. If the service closed the idle connection just before the request arrived, sends the
 * request again, but only if a repeat has no further effect.
 */
function exchange(place: Place, asked: Sent): Promise<Answered> {
  const { body, headers, ...sent } = asked
  const { to, tls, token } = place
  const { promise, resolve, reject } = Promise.withResolvers<Answered>()
  const failed = (cause: NodeJS.ErrnoException) => {
    if (asking.reusedSocket && isReset(cause) && isRepeatable(asked)) resolve(exchange(place, asked))
    else reject(unanswered(place, cause))
  }
  const read = (response: IncomingMessage) => {
    const parts: Buffer[] = []
    response
      .on('data', (part: Buffer) => parts.push(part))
      .on('end', () => resolve({ response, bytes: Buffer.concat(parts) }))
      .on('error', failed)
  }
  const options = {
    ...to,
    ...sent,
    headers: { ...headers, ...(token !== undefined && { Authorization: `Bearer ${token}` }) },
  }
  const asking = tls ? requestTls(options, read) : request(options, read)
  // A connection that ends by an upgrade closes without an error.
  const closed = () => reject(unanswered(place, new Error('There was no answer.')))
  asking.on('error', failed).on('close', closed).end(body)
  return promise
}

const isReset = ({ code = '' }: NodeJS.ErrnoException) => code === 'ECONNRESET' || code === 'EPIPE'

const isRepeatable = ({ method, headers }: Sent) => method === 'GET' || 'Idempotency-Key' in headers

interface Answered {
  readonly response: IncomingMessage
  readonly bytes: Buffer
}

function answerOf({ response, bytes }: Answered): unknown {
  const { statusCode = 0 } = response
  const type = response.headers['content-type'] ?? ''
  if (type === PROBLEM_TYPE) {
    const problem = parsed(bytes) as Partial<Problem> | null
    throw typeof problem?.code === 'string' ? errorOf(problem as Problem) : notOurs()
  }
  if (statusCode < 200 || statusCode > 299) throw notOurs()
  if (statusCode === 204) return undefined
  return type.startsWith('application/json') ? parsed(bytes) : new Uint8Array(bytes)
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    throw notOurs()
  }
}

/** The error of an answer that no service of REX gives, for example because a proxy has given it. */
const notOurs = () =>
  new RexError('UNAVAILABLE', 'The answer does not come from a service of REX.', {
    hint: 'Check the address. If a proxy is in front of the service, look into the log of the proxy.',
  })

function hung({ name }: Place, cause: unknown): RexError {
  return new RexError('DEADLINE_EXCEEDED', `The service at ${name} does not answer.`, {
    cause,
    hint: 'Its process is stopped or overloaded: let it continue, or end it. The act may have been done: repeat it with the same key.',
  })
}

function unanswered({ name, tls }: Place, cause: NodeJS.ErrnoException): RexError {
  if (cause.name === 'AbortError')
    return new RexError('CANCELLED', 'Waiting for the service was cancelled.', { cause })
  if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED')
    return new RexError('UNAVAILABLE', `No service runs at ${name}.`, {
      cause,
      hint: 'Start `rex-desk serve` there.',
    })
  if (tls && isOfCertificate(cause))
    return new RexError('UNAUTHENTICATED', `The certificate of ${name} is not trusted (${cause.code}).`, {
      cause,
      path: 'ca',
      hint: 'Give the certificate of its CA, and use a name that is in its certificate.',
    })
  if (cause.code === 'EACCES')
    return new RexError('PERMISSION_DENIED', `This user may not use the service at ${name}.`, {
      cause,
      hint: 'Run it as the owner of the desk, or start the service with --group.',
    })
  return new RexError('UNAVAILABLE', 'The connection to the service was lost before it answered.', {
    cause,
    hint: 'The act may have been done: repeat it with the same key once the service runs again.',
  })
}

const isOfCertificate = ({ code = '' }: NodeJS.ErrnoException) =>
  /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|^ERR_TLS_/.test(code)
