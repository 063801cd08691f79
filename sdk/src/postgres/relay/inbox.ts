// Writes the items of a desk into rex_inbox, then acknowledges them. docs/guide/postgres.md, "Receiving"
import type { Item } from '../../client/api/items.ts'
import { RexError } from '../../core/error.ts'
import { itemJson } from '../../service/item-json.ts'
import type { Sql } from '../sql.ts'
import { type Session, untilAborted } from './parts.ts'
import { forget, writeThreads } from './threads.ts'
import { createWaker } from './waker.ts'

/** Maximum number of items that the relay leases at a time. An item has at most a few megabytes. */
const AT_ONCE = 32

const INSERT = `INSERT INTO rex_inbox (id, thread, kind, urgent, item)
  SELECT id, thread, kind, urgent, item FROM jsonb_to_recordset($1) AS item(id text, thread text, kind text, urgent boolean, item jsonb)
  ON CONFLICT (id) DO NOTHING`

/** Takes items until the session ends. */
export async function takeItems(session: Session): Promise<void> {
  const { desk, signal } = session
  const taken: Item[] = []
  const waker = createWaker()
  const failed = new AbortController()
  const ended = AbortSignal.any([signal, failed.signal])
  const read = async () => {
    for await (const item of desk.receive({ concurrency: AT_ONCE, signal: ended })) {
      taken.push(item)
      waker.wake()
    }
  }
  const write = async () => {
    while (!ended.aborted) {
      const items = taken.splice(0)
      if (items.length > 0) await keep(session, items)
      else await waker.woken(ended)
    }
  }
  const stop = (error: unknown) => {
    failed.abort()
    throw error
  }
  const [one, other] = await Promise.allSettled([read().catch(stop), write().catch(stop)])
  for (const { status, reason } of [one, other] as PromiseRejectedResult[])
    if (status === 'rejected') throw reason
}

async function keep(session: Session, items: readonly Item[]): Promise<void> {
  const bad = await store(session, items).then(
    (): Item[] => [],
    async (error: unknown): Promise<Item[]> => {
      if (!isOfContent(error)) throw error
      return storeEach(session, items)
    },
  )
  const stored = items.filter((item) => !bad.includes(item))
  // An item that was not acknowledged when the session ended is delivered again, and recognised by its id.
  await untilAborted(session.signal, Promise.all(stored.map(acknowledge)))
}

/** Acknowledges an item. If its lease has ended, the item is delivered again, and recognised by its id. */
async function acknowledge(item: Item): Promise<void> {
  await item.ack().catch((error: unknown) => {
    if (!RexError.is(error, 'NOT_FOUND')) throw error
  })
}

/** Stores items one by one. Parks those that PostgreSQL cannot store, so that they do not delay the others. Returns the parked items. */
async function storeEach(session: Session, items: readonly Item[]): Promise<Item[]> {
  const bad: Item[] = []
  for (const item of items)
    await store(session, [item]).catch(async (error: unknown) => {
      if (!isOfContent(error)) throw error
      bad.push(item)
      const code = String(Object(error).code)
      session.log({
        level: 'error',
        message: 'PostgreSQL cannot store an item; it is parked.',
        fields: { item: item.id, code },
      })
      await item.park(`PostgreSQL cannot store it (${code}).`)
    })
  return bad
}

/** Whether an error of PostgreSQL concerns the data: a data exception or a program limit. */
const isOfContent = (error: unknown): boolean => /^(22|54)/.test(String(Object(error).code ?? ''))

async function store(session: Session, items: readonly Item[]): Promise<void> {
  const erased = items.filter(({ kind }) => kind === 'erased').map(({ thread }) => thread.id)
  const threads = items.map(({ thread }) => thread.id)
  await writeThreads(session, { threads }, async (sql, tracks) => {
    if (erased.length > 0) await forget(sql, erased)
    const urgent = new Set(tracks.filter((track) => track.urgent).map(({ id }) => id))
    await insert(sql, items, urgent)
  })
}

async function insert(sql: Sql, items: readonly Item[], urgent: ReadonlySet<string>): Promise<void> {
  const rows = items.map((item) => ({
    id: item.id,
    thread: item.thread.id,
    kind: item.kind,
    urgent: urgent.has(item.thread.id),
    item: itemJson(item),
  }))
  await sql.query(INSERT, [JSON.stringify(rows)])
}
