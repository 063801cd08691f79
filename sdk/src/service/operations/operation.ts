// An operation of the service: one row of the table from which server, client and OpenAPI document are made. docs/guide/service.md
import type { Desk } from '../../client/api/desk.ts'
import type { DeskProblem } from '../../client/api/problems.ts'
import type { Thread } from '../../client/api/thread.ts'
import type { ErrorReason } from '../../core/error.ts'
import type { Node, ObjectNode } from '../../core/referral/schema/node.ts'
import type { Demand } from '../access/caller.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Alerts } from '../alerts/alerts.ts'
import type { Leases } from '../leases.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'

/** One call, as an operation receives it. */
export interface Call {
  readonly desk: Desk
  readonly leases: Leases
  readonly tokens: Tokens
  readonly webhooks: Webhooks
  readonly alerts: Alerts
  /** Returns the problems of webhooks, alerts and other parts of the service's program. */
  readonly problems: () => readonly DeskProblem[]
  /** Parameters of the path. */
  readonly path: Readonly<Record<string, string>>
  /** The counterpart, if the thread has several. */
  readonly with?: string
  /** The idempotency key. */
  readonly key?: string
  /** Aborts when the caller has gone or the service ends. It ends waiting, but never a durable act. */
  readonly signal: AbortSignal
}

/** An operation of the service. */
export interface Operation {
  readonly method: 'GET' | 'POST'
  /** Path below `/v1`, with parameters such as `:thread`. */
  readonly path: string
  readonly summary: string
  /** The permission that the caller needs. */
  readonly scope: Demand
  /** Members of the query (GET) or the body (POST). */
  readonly input: ObjectNode
  /** Reason for refusing an input that does not match `input`. */
  readonly refusal: ErrorReason
  /** Whether the call changes something. If so, it names an actor, and may have an idempotency key. */
  readonly change: boolean
  /** Set for a call that shows nothing of a case and that programs repeat continually. The audit log does not record it. */
  readonly unrecorded?: true
  /** Returns by name the parts of the input that the audit log keeps. They must not be case data. Default: none. */
  readonly names?: (input: never) => Readonly<Record<string, string>>
  /** Description of the answer; `bytes`: a file. Default: the answer has no content. */
  readonly answer?: Node | 'bytes'
  readonly run: (call: Call, input: never) => Promise<unknown>
  /** Returns the answer as frames of server-sent events, for a client that asks for them. Default: not supported. */
  readonly stream?: (call: Call, input: never) => Promise<AsyncIterable<string>>
}

type Row<Input> = Omit<
  Operation,
  'method' | 'path' | 'change' | 'input' | 'refusal' | 'run' | 'stream' | 'names'
> & {
  readonly names?: (input: Input) => Readonly<Record<string, string>>
  readonly input?: ObjectNode & { readonly describes?: Input }
  readonly refusal?: ErrorReason
  readonly run: (call: Call, input: Input) => Promise<unknown>
  readonly stream?: (call: Call, input: Input) => Promise<AsyncIterable<string>>
}

const NOTHING: ObjectNode = { kind: 'object', name: 'Nothing', fields: {} }

/** Makes an operation that reads. Its scope is `read`, unless the row states another. */
export const reads = <Input>(
  path: string,
  row: Omit<Row<Input>, 'scope'> & { readonly scope?: Demand },
): Operation => operation({ method: 'GET', path, change: false, scope: 'read', ...row })

/** Makes an operation that changes nothing, but that waits or has a body. */
export const asks = <Input>(path: string, row: Row<Input>): Operation =>
  operation({ method: 'POST', path, change: false, ...row })

/** Makes an operation that changes something. */
export const changes = <Input>(path: string, row: Row<Input>): Operation =>
  operation({ method: 'POST', path, change: true, ...row })

function operation<Input>(row: Row<Input> & Pick<Operation, 'method' | 'path' | 'change'>): Operation {
  return { input: NOTHING, refusal: 'CONFIG_INVALID', ...row }
}

/** Returns the thread that a call names, or the track that it selects. */
export async function threadOf({ desk, path, with: counterpart }: Call): Promise<Thread> {
  const thread = await desk.thread(path.thread ?? '')
  return counterpart === undefined ? thread : thread.with(counterpart)
}

/** Returns the options with the idempotency key of the call. */
export const keyed = <Options extends object>(
  { key }: Call,
  options: Options,
): Options & { key?: string } => ({
  ...options,
  ...(key !== undefined && { key }),
})
