// Calls of operations over the socket of a service. docs/guide/service.md
import { Agent, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { RexError } from '../../core/error.ts'
import type { ServiceInfo } from '../operations/answers.ts'
import { OPERATIONS, type Operation, type OperationName } from '../operations/index.ts'
import { errorOf, PROBLEM_TYPE, type Problem } from '../problem.ts'

/** Calls at a time, beside those that wait. The others queue here. */
const CALLS = 32
/** Idle connections end before the service closes them. Milliseconds. */
const IDLE_MS = 4000
/** How long a service may take to say who it is. Milliseconds. */
const GREETING_MS = 10_000

/** One call. */
export interface Asked {
  /** Parameters of the path. */
  readonly path?: Readonly<Record<string, string>>
  /** Members of the body or the query. */
  readonly input?: object
  readonly with?: string | undefined
  readonly key?: string | undefined
  /** Ends waiting for the answer. An act that has begun is done all the same. */
  readonly signal?: AbortSignal | undefined
  /** The call waits at the service until something happens. Default: false. */
  readonly waits?: boolean
}

/** A connection to a service. */
export interface Connection {
  /** The answer of an operation: JSON, bytes, or undefined. @throws RexError of the service, or UNAVAILABLE, PERMISSION_DENIED, CANCELLED */
  call<Answer>(name: OperationName, asked?: Asked): Promise<Answer>
  /** Who the service is. @throws RexError UNAVAILABLE, PERMISSION_DENIED, DEADLINE_EXCEEDED if it hangs */
  greet(): Promise<ServiceInfo>
  close(): void
}

/** Opens a connection; `actor` stands in the log of the service beside every change. */
export function openConnection(socket: string, actor: string): Connection {
  const calls = new Agent({ keepAlive: true, maxSockets: CALLS, timeout: IDLE_MS })
  const waits = new Agent({ keepAlive: true })
  const closing = new AbortController()
  const send = async <Answer>(sent: Sent): Promise<Answer> => {
    const signal = sent.signal ? AbortSignal.any([closing.signal, sent.signal]) : closing.signal
    return (await answerOf(await exchange(socket, { ...sent, signal }))) as Answer
  }
  return {
    call: (name, asked = {}) =>
      send({ ...sentOf(OPERATIONS[name], asked, actor), agent: asked.waits ? waits : calls }),
    async greet() {
      const late = new AbortController()
      const timer = setTimeout(() => late.abort(), GREETING_MS)
      const sent = { method: 'GET', path: '/v1/service', headers: {}, agent: calls, signal: late.signal }
      return await send<ServiceInfo>(sent)
        .catch((error: unknown) => {
          throw late.signal.aborted ? hung(socket, error) : error
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
  readonly signal?: AbortSignal | undefined
}

function sentOf({ method, path, change }: Operation, asked: Asked, actor: string): Omit<Sent, 'agent'> {
  const { path: named = {}, input = {}, with: counterpart, key, signal } = asked
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(named[name] ?? ''))
  const query = new URLSearchParams(counterpart === undefined ? {} : { with: counterpart })
  if (method === 'GET')
    for (const [name, value] of Object.entries(input)) if (value !== undefined) query.set(name, String(value))
  const headers = {
    ...(change && { 'Rex-Actor': bytesOf(actor) }),
    ...(key !== undefined && { 'Idempotency-Key': bytesOf(key) }),
  }
  const to = { method, path: `/v1${filled}${query.size > 0 ? `?${query}` : ''}`, signal }
  if (method === 'GET') return { ...to, headers }
  const body = Buffer.from(JSON.stringify(input))
  return {
    ...to,
    body,
    headers: { ...headers, 'Content-Type': 'application/json', 'Content-Length': String(body.length) },
  }
}

/** Node writes the characters of a header as bytes, and these are those of UTF-8. */
const bytesOf = (text: string) => Buffer.from(text).toString('latin1')

async function exchange(socketPath: string, { body, ...sent }: Sent): Promise<Answered> {
  try {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    request({ socketPath, ...sent, signal: sent.signal as AbortSignal }, resolve)
      .on('error', reject)
      .end(body)
    const response = await promise
    return { response, bytes: await buffer(response) }
  } catch (error) {
    throw unanswered(socketPath, error as NodeJS.ErrnoException)
  }
}

interface Answered {
  readonly response: IncomingMessage
  readonly bytes: Buffer
}

async function answerOf({ response, bytes }: Answered): Promise<unknown> {
  const type = response.headers['content-type'] ?? ''
  if (type === PROBLEM_TYPE) throw errorOf(JSON.parse(bytes.toString()) as Problem)
  if (response.statusCode === 204) return undefined
  return type.startsWith('application/json') ? JSON.parse(bytes.toString()) : new Uint8Array(bytes)
}

function hung(socket: string, cause: unknown): RexError {
  return new RexError('DEADLINE_EXCEEDED', `The service at ${socket} does not answer.`, {
    cause,
    hint: 'Its process is stopped or overloaded: let it run on, or end it.',
  })
}

function unanswered(socket: string, cause: NodeJS.ErrnoException): RexError {
  if (cause.name === 'AbortError')
    return new RexError('CANCELLED', 'Waiting for the service was cancelled.', { cause })
  if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED')
    return new RexError('UNAVAILABLE', `No service runs at ${socket}.`, {
      cause,
      hint: 'Start `rex-desk serve` there.',
    })
  if (cause.code === 'EACCES')
    return new RexError('PERMISSION_DENIED', `This user may not use the service at ${socket}.`, {
      cause,
      hint: 'Run it as the owner of the desk, or start the service with --group.',
    })
  return new RexError('UNAVAILABLE', 'The connection to the service was lost before it answered.', {
    cause,
    hint: 'The act may have been done: repeat it with the same key once the service runs again.',
  })
}
