// Reads the input of an operation from a request. Everything is checked before anything is done. docs/guide/service.md
import type { IncomingMessage } from 'node:http'
import { RexError } from '../../core/error.ts'
import { JSON_BYTES, readJson } from '../../core/input/json.ts'
import type { Node, ObjectNode } from '../../core/referral/schema/node.ts'
import { check } from '../../core/referral/validate/check.ts'
import { invalidInput, label } from '../../core/shape.ts'
import type { Operation } from '../operations/index.ts'
import { tooLarge } from './room.ts'

/** Header with the idempotency key of a change. */
export const KEY_HEADER = 'idempotency-key'
/** Header that states who acts inside the caller's organisation, for the log. */
export const ACTOR_HEADER = 'rex-actor'

/** Returns the number of bytes that the body will need: the length that the request states, or else the maximum. 0 if there is no body. */
export function sizeOf({ headers }: IncomingMessage): number {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  if (length !== undefined) return Number(length)
  return coding === undefined ? 0 : JSON_BYTES
}

/** Reads the members of the query or the body. @throws RexError with the reason of the operation, MALFORMED, LIMIT_EXCEEDED */
export async function inputOf(
  { method, input, refusal }: Operation,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<object> {
  const value = method === 'GET' ? fromQuery(input, query) : await bodyOf(request)
  const [first, ...more] = check(input, value, '', 'refuse')
  if (first !== undefined) throw invalidInput(first, { reason: refusal, subject: 'The request' }, more.length)
  return value as object
}

/** Converts the texts of a query to numbers and flags where the operation expects them. */
function fromQuery({ fields }: ObjectNode, query: URLSearchParams): object {
  const names = [...query.keys()].filter((name) => name !== 'with')
  const repeated = names.find((name, i) => names.indexOf(name) !== i)
  if (repeated !== undefined)
    throw new RexError('MALFORMED', 'A parameter of the query occurs twice.', { path: repeated.slice(0, 64) })
  return Object.fromEntries(names.map((name) => [name, typed(fields[name], query.get(name) ?? '')]))
}

function typed(node: Node | undefined, text: string): unknown {
  if (node?.kind === 'flag' && /^(true|false)$/.test(text)) return text === 'true'
  const isNumber = node?.kind === 'integer' || (node?.kind === 'checked' && node.schema?.type === 'integer')
  return isNumber && /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : text
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const body = await bytesOf(request)
  if (body.length === 0) return {}
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
    throw new RexError('MALFORMED', 'The body is not declared as JSON.', {
      path: 'Content-Type',
      hint: 'Send `Content-Type: application/json`.',
    })
  return readJson(body, { path: 'body' })
}

/** Reads a body. Listens to the request, because iterating over it would cost more. @throws RexError LIMIT_EXCEEDED, CANCELLED */
function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const parts: Buffer[] = []
  let bytes = 0
  const take = (part: Buffer) => {
    bytes += part.length
    parts.push(part)
    if (bytes <= JSON_BYTES) return
    request.off('data', take).pause()
    reject(tooLarge())
  }
  // If the caller has gone, nobody gets this error.
  const leave = (cause?: unknown) => reject(new RexError('CANCELLED', 'The caller has gone.', { cause }))
  request
    .on('data', take)
    .once('end', () => {
      // Every request emits `close` after `end`. Without this line, an error would be made for nothing, which costs as much as reading the body.
      request.off('close', leave)
      resolve(Buffer.concat(parts))
    })
    .once('error', leave)
    .once('close', leave)
  return promise
}

/** Reads who acts, and the idempotency key. @throws RexError MALFORMED if a change names no actor, or a header is not valid */
export function headersOf(
  { headers }: IncomingMessage,
  { change }: Operation,
): { actor?: string; key?: string } {
  const key = textOf('Idempotency-Key', headers[KEY_HEADER], 255)
  const actor = textOf('Rex-Actor', headers[ACTOR_HEADER], 200)
  if (change && actor === undefined)
    throw new RexError('MALFORMED', 'The request does not say who acts.', {
      path: 'Rex-Actor',
      hint: 'Send the header Rex-Actor with a name or an id of the person or program.',
    })
  return { ...(key !== undefined && { key }), ...(actor !== undefined && { actor }) }
}

/** Reads a header as one line of text. Its bytes are UTF-8, but Node returns each byte as a character. */
function textOf(name: string, header: string | string[] | undefined, max: number): string | undefined {
  if (header === undefined) return undefined
  const text = Buffer.from(String(header), 'latin1').toString('utf8')
  const message = label(max).fault(text.includes('\ufffd') ? undefined : text)
  if (message === undefined) return text
  throw invalidInput({ path: name, message }, { reason: 'MALFORMED', subject: 'The request' })
}
