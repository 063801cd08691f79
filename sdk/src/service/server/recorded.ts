// Runs an operation and records it in the audit log. docs/guide/service.md, "Audit log"
import type { DeskLogEntry } from '../../client/api/desk.ts'
import { RexError } from '../../core/error.ts'
import { isEntityId } from '../../core/identifier.ts'
import type { AuditEntry, AuditLog } from '../audit/index.ts'
import type { Operation, OperationName } from '../operations/index.ts'

/** The operation to run, and its caller. */
export interface Recorded {
  readonly audit: Pick<AuditLog, 'write'>
  readonly log: (entry: DeskLogEntry) => void
  readonly name: OperationName
  readonly operation: Operation
  readonly door: string
  readonly actor: string | undefined
  /** Parameters of the path. */
  readonly path: Readonly<Record<string, string>>
  /** The part of the input that may be logged. */
  readonly names?: Readonly<Record<string, string>>
}

/**
 * Runs an operation. Records an act before it begins, and a read before it is answered. If the record cannot be written, the operation is refused.
 * @throws RexError of the operation; STORE_FULL, STORE_FAILED
 */
export async function recorded<T>(how: Recorded, run: () => Promise<T>): Promise<T> {
  const { audit, log, name, operation, door, actor } = how
  const about = { operation: name, door, ...(actor !== undefined && { actor }) }
  const ids = { ...idsOf(how.path, operation.change), ...how.names }
  if (operation.change) {
    const of = await audit.write({ what: 'begin', ...about, ...on(ids) })
    const end = (outcome: string, more: Ids = {}) =>
      audit.write({ what: 'end', of, outcome, ...on(more) }).catch((error: unknown) => {
        log({
          level: 'error',
          message: 'The end of an act is not in the audit log.',
          fields: { of, reason: reasonOf(error) },
        })
      })
    return await run().then(
      async (answer) => {
        void end('done', idsIn(answer))
        log({ level: 'info', message: 'A change was made.', fields: { ...about, ...ids } })
        return answer
      },
      async (error: unknown) => {
        void end(reasonOf(error))
        throw error
      },
    )
  }
  const look = (outcome: string, more: Ids = {}): AuditEntry => ({
    what: 'look',
    ...about,
    ...on({ ...ids, ...more }),
    outcome,
  })
  const answer = await run().catch(async (error: unknown) => {
    if (operation.unrecorded !== true) await audit.write(look(reasonOf(error)))
    throw error
  })
  if (answer !== undefined && operation.unrecorded !== true) await audit.write(look('done', idsIn(answer)))
  return answer
}

type Ids = Readonly<Record<string, string>>

const on = (ids: Ids) => (Object.keys(ids).length === 0 ? {} : { on: ids })
const reasonOf = (error: unknown) => RexError.from(error).reason
const isId = (text: unknown): text is string => typeof text === 'string' && /^[0-9a-f]{16,64}$/.test(text)

/**
 * Returns the path parameters that are valid ids or, in an act, valid names. Leaves out all others, because a caller
 * can write anything there.
 */
function idsOf(path: Ids, change: boolean): Ids {
  const isName = (name: string, value: string) =>
    change && ['token', 'webhook', 'recipient'].includes(name) && /^[a-z0-9-]{1,63}$/.test(value)
  return Object.fromEntries(
    Object.entries(path).filter(([name, value]) => isId(value) || isName(name, value)),
  )
}

/** Returns the ids of the threads and the item in an answer, or the organisation of a new pairing. Lists of threads are left out, because the record would be as long as the list. */
function idsIn(answer: unknown): Ids {
  const { id, item, threads, organisation } = Object(answer) as Answered
  if (isId(id)) return { thread: id }
  if (typeof organisation === 'string' && isEntityId(organisation)) return { organisation }
  if (isId(item?.thread?.id) && isId(item.id)) return { thread: item.thread.id, item: item.id }
  const sent = threads?.filter((thread) => isId(thread.id) && !('state' in thread)).slice(0, 64) ?? []
  return sent.length === 0 ? {} : { threads: sent.map((thread) => thread.id).join(' ') }
}

interface Answered {
  readonly id?: string
  readonly item?: { readonly id?: string; readonly thread?: { readonly id?: string } }
  readonly threads?: readonly { readonly id?: string }[]
  readonly organisation?: unknown
}
