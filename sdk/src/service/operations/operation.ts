// An operation of the service: one row of the table that server, client and OpenAPI document are made from. docs/guide/service.md
import type { Desk } from '../../client/api/desk.ts'
import type { Thread } from '../../client/api/thread.ts'
import type { ErrorReason } from '../../core/error.ts'
import type { Node, ObjectNode } from '../../core/referral/schema/node.ts'
import type { Demand } from '../access/caller.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Leases } from '../leases.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'

/** One call, as an operation sees it. */
export interface Call {
  readonly desk: Desk
  readonly leases: Leases
  readonly tokens: Tokens
  readonly webhooks: Webhooks
  /** Parameters of the path. */
  readonly path: Readonly<Record<string, string>>
  /** The counterpart, where a thread has several. */
  readonly with?: string
  /** The idempotency key. */
  readonly key?: string
  /** Aborts when the caller has gone or the service ends: it ends waiting, never a durable act. */
  readonly signal: AbortSignal
}

/** An operation of the service. */
export interface Operation {
  readonly method: 'GET' | 'POST'
  /** Below `/v1`, with parameters such as `:thread`. */
  readonly path: string
  readonly summary: string
  /** What the caller must be permitted to do. */
  readonly scope: Demand
  /** Members of the query (GET) or of the body (POST). */
  readonly input: ObjectNode
  /** Reason for refusing an input that does not satisfy `input`. */
  readonly refusal: ErrorReason
  /** The call changes something: it names an actor, and may have an idempotency key. */
  readonly change: boolean
  /** The call shows nothing of a case, and programs repeat it all the time: the audit log has no record of it. */
  readonly unrecorded?: true
  /** What the audit log keeps of the input, by name: never case data. Default: nothing. */
  readonly names?: (input: never) => Readonly<Record<string, string>>
  /** Description of the answer; `bytes`: a file. Default: there is no content. */
  readonly answer?: Node | 'bytes'
  readonly run: (call: Call, input: never) => Promise<unknown>
  /** The answer as frames of server-sent events, for a client that asks for them. Default: there is none. */
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

/** An operation that reads. Its scope is `read`, unless the row says otherwise. */
export const reads = <Input>(
  path: string,
  row: Omit<Row<Input>, 'scope'> & { readonly scope?: Demand },
): Operation => operation({ method: 'GET', path, change: false, scope: 'read', ...row })

/** An operation that waits, or asks with a body, and changes nothing. */
export const asks = <Input>(path: string, row: Row<Input>): Operation =>
  operation({ method: 'POST', path, change: false, ...row })

/** An operation that changes something. */
export const changes = <Input>(path: string, row: Row<Input>): Operation =>
  operation({ method: 'POST', path, change: true, ...row })

function operation<Input>(row: Row<Input> & Pick<Operation, 'method' | 'path' | 'change'>): Operation {
  return { input: NOTHING, refusal: 'CONFIG_INVALID', ...row }
}

/** The thread that a call names, or its track. */
export async function threadOf({ desk, path, with: counterpart }: Call): Promise<Thread> {
  const thread = await desk.thread(path.thread ?? '')
  return counterpart === undefined ? thread : thread.with(counterpart)
}

/** The options, with the idempotency key of the call. */
export const keyed = <Options extends object>(
  { key }: Call,
  options: Options,
): Options & { key?: string } => ({
  ...options,
  ...(key !== undefined && { key }),
})
