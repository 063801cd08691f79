// Writes requests of an application to its desk, in the application's transaction. docs/guide/postgres.md, "Sending"
import { randomUUID } from 'node:crypto'
import type { SendOptions } from '../client/api/sending.ts'
import type { VerbInputs } from '../client/api/verb-inputs.ts'
import { checkSendable } from '../client/send/sendable.ts'
import { codeOf } from '../core/code.ts'
import { RexError } from '../core/error.ts'
import type { Draft, Presets } from '../core/referral/index.ts'
import { checkNoKey, checkVerbName, checkVerbRow, type RowVerb, type SendInput, verbOf } from './acts.ts'
import { checkClient, ofTables, rowsOf, type Sql } from './sql.ts'

/** Options of a send. */
export interface EnqueueOptions extends Omit<SendOptions, 'key'> {
  /** Id of the row, a UUID, which is the idempotency key of the send. Default: random. */
  readonly id?: string
  /** The presets of the organisation, as in `presets.json`, if the referral names one of them. Default: only those that are built in. */
  readonly presets?: Presets
}

/** Options of a verb: its input, and the thread on which it acts. */
export type EnqueueVerb<Verb extends RowVerb> = Omit<InputOf<Verb>, 'key' | 'keyContent'> & {
  /** Id of the thread, or of the row that sends it, even if that row has not been carried out yet. */
  readonly thread: string
  /** The counterpart, if there are several. */
  readonly with?: string
  /** Id of the row, as in `EnqueueOptions`. */
  readonly id?: string
}
type InputOf<Verb extends RowVerb> = Verb extends keyof VerbInputs ? VerbInputs[Verb] : object

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const THREAD = /^[0-9a-f]{32}$/

/**
 * Writes a referral into `rex_outbox`, in the client's transaction. After the transaction has committed, the relay sends
 * the referral exactly once, whatever crashes. Before anything is written, the input is checked as by `desk.send`. Some
 * properties can be checked only by the desk: whether the recipients are paired, what they need, and whether the desk has
 * the thread that the referral follows. Returns the id of the row.
 * @throws RexError as `desk.send` does: INVALID_REFERRAL, CONTENT_REFUSED, HANDLING_REFUSED, LIMIT_EXCEEDED; KEY_CONFLICT
 * if a row has this id; CONFIG_INVALID if the client is a pool, or the tables are missing
 */
export async function enqueue(client: Sql, referral: Draft, options: EnqueueOptions): Promise<string>
/**
 * Writes a verb, such as `'accept'`, for a thread. The relay carries out the acts of a thread in the order of their rows.
 * @throws RexError INVALID_EVENT, INVALID_REFERRAL with the path of the first problem; KEY_CONFLICT
 */
export async function enqueue<Verb extends RowVerb>(
  client: Sql,
  verb: Verb,
  options: EnqueueVerb<Verb>,
): Promise<string>
export async function enqueue(client: Sql, what: unknown, options: object): Promise<string> {
  checkClient(client)
  const { id = randomUUID(), ...more } = Object(options) as { readonly id?: string }
  checkNoKey(more)
  if (typeof id !== 'string' || !UUID.test(id)) throw notUuid('id')
  const row =
    typeof what === 'string' ? verbRow(what as RowVerb, more as never) : sendRow(what as Draft, more as never)
  await insert(client, { id, ...row })
  return id
}

interface Row {
  readonly act: string
  readonly thread?: string
  readonly counterpart?: string | undefined
  readonly input: object
}

function sendRow(referral: Draft, { presets, ...options }: EnqueueOptions): Row {
  checkSendable(referral, options, presets)
  return { act: 'send', input: { referral, ...options } }
}

function verbRow(verb: RowVerb, { thread, with: counterpart, ...input }: EnqueueVerb<'note'>): Row {
  checkVerbName(verb)
  if (typeof thread !== 'string' || !(THREAD.test(thread) || UUID.test(thread)))
    throw new RexError('INVALID_EVENT', 'The thread must be an id of a thread or of a row.', {
      path: 'thread',
      hint: 'Pass `item.thread.id`, or what `enqueue` returned for the send.',
    })
  checkVerbRow(verb, input)
  return { act: codeOf(verb), thread, counterpart, input }
}

async function insert(
  client: Sql,
  { id, act, thread, counterpart, input }: Row & { id: string },
): Promise<void> {
  const inserted = client.query(
    `INSERT INTO rex_outbox (id, act, thread, counterpart, input)
     VALUES ($1, $2, coalesce((SELECT t.thread FROM rex_thread t WHERE t.request::text = $3 LIMIT 1), $3), $4, $5)
     ON CONFLICT (id) DO UPDATE SET id = excluded.id
     WHERE (rex_outbox.act, rex_outbox.input) = (excluded.act, excluded.input)`,
    [id, act, thread ?? null, counterpart ?? null, JSON.stringify(input)],
  )
  const { rowCount } = await ofTables(inserted)
  if (rowCount === 1) return
  throw new RexError('KEY_CONFLICT', 'Another row has this id.', { path: 'id', metadata: { key: id } })
}

function notUuid(path: string): RexError {
  return new RexError('INVALID_REFERRAL', 'The id of a row is a UUID in lower case.', { path })
}

/**
 * Sends a refused row again, in the transaction of the client. `input` replaces the column `input` of the row (`{
 * referral, to, ... }` for a send), and is checked as in `enqueue`. Default: the same input. To give up on a refused
 * row, delete it.
 * @throws RexError NOT_FOUND if no refused row has this id, and as `enqueue` does
 */
export async function resubmit(
  client: Sql,
  id: string,
  input?: object,
  { presets }: Pick<EnqueueOptions, 'presets'> = {},
): Promise<void> {
  checkClient(client)
  const [row] = await rowsOf<{ act: string }>(
    client,
    `SELECT act FROM rex_outbox WHERE id::text = $1 AND state = 'refused' FOR UPDATE`,
    [id],
  )
  if (row === undefined) throw new RexError('NOT_FOUND', 'No refused row has this id.', { path: 'id' })
  if (input !== undefined) checkRow(row.act, input, presets)
  await client.query(
    `UPDATE rex_outbox SET state = 'waiting', attempts = 0, next_at = now(), input = coalesce($2::jsonb, input) WHERE id = $1`,
    [id, input === undefined ? null : JSON.stringify(input)],
  )
}

function checkRow(act: string, input: object, presets: Presets | undefined): void {
  checkNoKey(input)
  if (act === 'send') {
    const { referral, ...options } = input as SendInput
    checkSendable(referral, options, presets)
  } else checkVerbRow(verbOf(act), input)
}
