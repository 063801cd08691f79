// The routes of the service: one for each operation, and those that describe the service itself. docs/guide/service.md
import { createHash } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import type { Desk, DeskLogEntry } from '../../client/api/desk.ts'
import type { DeskProblem } from '../../client/api/problems.ts'
import { RexError } from '../../core/error.ts'
import { type Admit, type Caller, checkMay } from '../access/caller.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Alerts } from '../alerts/alerts.ts'
import type { AuditLog } from '../audit/index.ts'
import type { Leases } from '../leases.ts'
import openapi from '../openapi.json' with { type: 'json' }
import type { ServiceInfo } from '../operations/answers.ts'
import { type Call, OPERATIONS, type Operation, type OperationName } from '../operations/index.ts'
import { PROBLEM_TYPE, problemOf } from '../problem.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import { headersOf, inputOf, sizeOf } from './input.ts'
import { recorded } from './recorded.ts'
import { createRoom } from './room.ts'
import { createStreams, lastEvent, type Stream, wantsStream } from './stream.ts'

/** Free space without which the service can store neither records nor messages. Bytes. */
const LEAST_ROOM = 1024 * 1024

/** Dependencies of the routes. */
export interface AppOptions {
  readonly desk: Desk
  /** The desk directory. */
  readonly directory: string
  readonly leases: Leases
  readonly tokens: Tokens
  readonly audit: Pick<AuditLog, 'write'>
  readonly webhooks: Webhooks
  readonly alerts: Alerts
  /** Returns the problems of webhooks, alerts and other parts of the program. */
  readonly problems: () => DeskProblem[]
  readonly info: ServiceInfo
  /** Aborts when the service ends, so that no call waits any longer. */
  readonly ending: AbortSignal
  readonly log: (entry: DeskLogEntry) => void
}

/** The data that a server passes to the routes with each request. */
type Bindings = { readonly Bindings: HttpBindings & { readonly admit: Admit } }
type At = Context<Bindings>
/** The routes of a service. */
export type App = Hono<Bindings>

/** Creates the routes. All of them except `/v1/live` require an identified caller. */
export function createApp(options: AppOptions): App {
  const app = new Hono<Bindings>({ strict: true })
  const takeRoom = createRoom()
  const stream = createStreams()
  for (const [name, operation] of Object.entries<Operation>(OPERATIONS))
    app.on(operation.method, `/v1${operation.path}`, async (at) => {
      const caller = at.env.admit(at.env.incoming)
      if (!caller.may.has(operation.scope))
        await options.audit.write({ what: 'refused', operation: name, door: caller.door })
      checkMay(caller, operation.scope)
      const giveBack = takeRoom(caller.door, sizeOf(at.env.incoming))
      try {
        return await answered(at, { ...options, name: name as OperationName, operation, caller, stream })
      } finally {
        giveBack()
      }
    })
  const reply = (at: At, answer: Answer) => send(at, answer, options.ending)
  app.get('/v1/live', (at) => reply(at, NOTHING))
  app.get('/v1/openapi.json', (at) => {
    at.env.admit(at.env.incoming)
    return reply(at, jsonOf(openapi))
  })
  app.get('/v1/service', (at) => {
    at.env.admit(at.env.incoming)
    return reply(at, jsonOf(options.info))
  })
  app.get('/v1/ready', async (at) => {
    at.env.admit(at.env.incoming)
    if (options.ending.aborted) throw new RexError('UNAVAILABLE', 'The service is ending.')
    await options.desk.threads({ limit: 1 })
    await checkRoom(options.directory)
    const problems = options.problems()
    return reply(at, problems.length === 0 ? NOTHING : jsonOf({ problems }))
  })
  app.notFound((at) => {
    at.env.admit(at.env.incoming)
    return reply(at, refusalOf(at, noSuchPath(at.req.path)))
  })
  app.onError((error, at) => {
    if (!RexError.is(error))
      options.log({ level: 'error', message: 'A request failed.', fields: failureOf(error) })
    return reply(at, refusalOf(at, error))
  })
  return app
}

interface Answering extends AppOptions {
  readonly name: OperationName
  readonly operation: Operation
  readonly caller: Caller
  readonly stream: Stream
}

async function answered(
  at: At,
  {
    desk,
    leases,
    tokens,
    webhooks,
    alerts,
    problems,
    audit,
    ending,
    log,
    name,
    operation,
    stream,
    caller: { door, ended },
  }: Answering,
): Promise<Response> {
  const { incoming, outgoing } = at.env as { incoming: IncomingMessage; outgoing: ServerResponse }
  const { actor, key } = headersOf(incoming, operation)
  const query = queryOf(incoming)
  const counterpart = query.get('with')
  const input = await inputOf(operation, incoming, query)
  const call: Call = {
    desk,
    leases,
    tokens,
    webhooks,
    alerts,
    problems,
    path: at.req.param(),
    // Created when it is first read: most operations do not wait, and creating the signal costs as much as reading the input.
    get signal() {
      return AbortSignal.any([ending, goneOf(outgoing), ...(ended ? [ended] : [])])
    },
    ...(counterpart !== null && { with: counterpart }),
    ...(key !== undefined && { key }),
  }
  const names = operation.names?.(input as never) ?? {}
  const about = { audit, log, name, operation, door, actor, path: call.path, names }
  const frames = operation.stream
  if (frames !== undefined && wantsStream(incoming)) {
    await recorded(about, async () => checkAccess(ended))
    return stream({ outgoing, door, signal: call.signal }, () =>
      frames(call, { ...input, ...lastEvent(incoming) } as never),
    )
  }
  const answer = await recorded(about, async () => {
    checkAccess(ended)
    return await operation.run(call, input as never)
  })
  return send(at, answerOf(at, operation, answer), ending)
}

/** An answer to be written: status, headers and body. */
interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

const NOTHING: Answer = { status: 204 }
const JSON_TYPE = { 'Content-Type': 'application/json' }
const jsonOf = (value: unknown): Answer => ({ status: 200, headers: JSON_TYPE, body: JSON.stringify(value) })

function answerOf(at: At, { method }: Operation, value: unknown): Answer {
  if (value === undefined) return NOTHING
  if (value instanceof Uint8Array)
    return { status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body: value }
  return method === 'GET' ? conditional(at, JSON.stringify(value)) : jsonOf(value)
}

/**
 * Writes an answer to the connection directly, because the body of a `Response` would pass through a web stream, which costs
 * more. Returns the `Response` by which Hono recognises that the answer is already written.
 */
function send(at: At, { status, headers, body }: Answer, ending: AbortSignal): Response {
  const outgoing = at.env.outgoing as ServerResponse
  outgoing.writeHead(status, {
    ...headers,
    ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
    // Close the connection, because an open one would delay the shutdown.
    ...(ending.aborted && { Connection: 'close' }),
  })
  outgoing.end(body)
  return RESPONSE_ALREADY_SENT
}

/** Returns the parameters of the query. */
function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const at = url.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
}

/** Checks that the disk has free space. @throws RexError STORE_FULL */
async function checkRoom(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory)
  if (bavail * bsize < LEAST_ROOM) throw new RexError('STORE_FULL', 'The disk is full.')
}

/** Checks again that the token is valid, because it can be revoked while the request arrives. @throws RexError UNAUTHENTICATED */
function checkAccess(ended: AbortSignal | undefined): object {
  if (ended?.aborted !== true) return {}
  throw new RexError('UNAUTHENTICATED', 'The token was revoked, or expired, while the request arrived.', {
    path: 'Authorization',
    hint: 'Ask the owner of the desk for a new token.',
  })
}

/** Answers a read, or reports that the caller's copy is current. Forbids proxies to store the answer. */
function conditional(at: At, body: string): Answer {
  const tag = `"${createHash('sha256').update(body).digest('base64url')}"`
  const has = at.req.header('If-None-Match')?.split(/\s*,\s*/) ?? []
  const headers = { ETag: tag, 'Cache-Control': 'private, no-cache' }
  if (has.some((known) => known === '*' || known.replace(/^W\//, '') === tag)) return { status: 304, headers }
  return { status: 200, headers: { ...headers, ...JSON_TYPE }, body }
}

/** Returns a signal that aborts if the caller closes the connection before the whole answer has been written. */
function goneOf(outgoing: ServerResponse): AbortSignal {
  const gone = new AbortController()
  const leave = () => {
    if (!outgoing.writableFinished) gone.abort()
  }
  if (outgoing.closed) leave()
  outgoing.once('close', leave)
  return gone.signal
}

function refusalOf(at: At, error: unknown): Answer {
  const problem = problemOf(error)
  const retry = problem.metadata.retry_after_ms
  const headers = {
    'Content-Type': PROBLEM_TYPE,
    ...(problem.status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...(retry !== undefined && { 'Retry-After': String(Math.ceil(Number(retry) / 1000)) }),
    // Close the connection if part of the body is unread, because that part would be taken for the next request.
    ...(at.env.incoming.complete ? {} : { Connection: 'close' }),
  }
  return { status: problem.status, headers, body: JSON.stringify(problem) }
}

function noSuchPath(path: string): RexError {
  return new RexError('NOT_FOUND', 'The service has no such operation.', {
    hint: `GET /v1/openapi.json lists them${path.startsWith('/v1/') ? '' : '; all begin with /v1'}. Check the method, too.`,
  })
}

/** Returns the log fields of an internal error: its name and place, but never its message, which may quote case data. */
function failureOf(error: Error): DeskLogEntry['fields'] {
  const [, place = ''] = /\n\s+at ([^\n]+)/.exec(error.stack ?? '') ?? []
  return { error: error.name, place }
}
