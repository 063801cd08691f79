// Records damage of the store, and quarantines damaged rows, so that they are never returned. docs/spec/delivery.md, "Durability"
import { LIMITS } from '@rex/sdk/core'
import { commitNow, type Database, LIMIT_BOUND, type Mark } from '@rex/sdk/sqlite'
import type { Damage, Damages } from '../damage.ts'
import { incarnationTable } from './peers.ts'
import { sumOf } from './whole.ts'

/** Maximum number of rows in quarantine. The newest are kept. */
const KEPT = 100
/**
 * A damaged row that is found within this time after the previous one counts as the same damage. Each damage
 * is reported once. Milliseconds.
 */
const ONE_DAMAGE = 3_600_000
const DELIVERIES = 64

/** The table of recorded damage. */
export function damageTable(db: Database): Damages {
  const last = db.prepare<Damage>('SELECT found_ms AS foundMs, kind FROM damage ORDER BY rowid DESC LIMIT 1')
  const add = db.prepare('INSERT INTO damage (found_ms, kind) VALUES (?, ?)')
  const forget = db.prepare('DELETE FROM damage WHERE rowid <= (SELECT max(rowid) FROM damage) - ?')
  return {
    last: () => last.get(),
    add({ foundMs, kind }) {
      add.run(foundMs, kind)
      forget.run(LIMITS.damages)
    },
  }
}

/** A row's content and its stored checksum. In a damaged row, both may have any value. */
interface Summed {
  readonly content: unknown
  readonly sum: unknown
}

/** Returns whether the content of a row matches its checksum. */
export const isWhole = ({ content, sum }: Summed): boolean =>
  content instanceof Uint8Array && sumOf(content) === sum

/** Dependencies of the quarantine. */
interface QuarantineOptions {
  readonly mark: Pick<Mark, 'count' | 'note'>
  /** Unix milliseconds. */
  readonly now: () => number
  /** Reports new damage, inside the transaction. */
  readonly tell: (damage: Damage) => void
}

/** The table in which a damaged row was stored. */
type Box = 'item' | 'outbox'

/** The quarantined rows. */
export interface Quarantine {
  /**
   * Moves rows aside and renews the incarnation, so that senders send the envelopes in these rows again
   * (REX-DLV-153). Joins an open transaction.
   */
  move(box: Box, ids: readonly number[]): void
}

/** Opens the quarantine table. */
export function quarantineTable(db: Database, { mark, now, tell }: QuarantineOptions): Quarantine {
  const keep = {
    item: db.prepare<{ seq: number }>(
      `INSERT INTO quarantine (found_ms, box, id, peer, content, shared)
       SELECT ?, 'item', cursor, peer, content, x'' FROM item WHERE cursor = ? RETURNING seq`,
    ),
    outbox: db.prepare<{ seq: number }>(
      `INSERT INTO quarantine (found_ms, box, id, peer, content, shared)
       SELECT ?, 'outbox', o.id, recipient, own, coalesce(shared, x'')
       FROM outbox o LEFT JOIN upload u ON u.id = o.id / ${DELIVERIES} WHERE o.id = ? RETURNING seq`,
    ),
  }
  const remove = {
    item: [
      db.prepare('DELETE FROM item WHERE cursor = ?'),
      db.prepare('DELETE FROM redelivery WHERE cursor = ?'),
    ],
    outbox: [
      db.prepare('DELETE FROM outbox WHERE id = ?'),
      db.prepare(
        `DELETE FROM upload WHERE id = ?1 / ${DELIVERIES} AND NOT EXISTS
         (SELECT 1 FROM outbox WHERE id BETWEEN ?1 / ${DELIVERIES} * ${DELIVERIES} AND ?1 / ${DELIVERIES} * ${DELIVERIES} + ${DELIVERIES - 1})`,
      ),
    ],
  }
  const forget = db.prepare('DELETE FROM quarantine WHERE seq <= ?')
  const damages = damageTable(db)
  const incarnations = incarnationTable(db)

  function moveAll(box: Box, ids: readonly number[]): void {
    const foundMs = now()
    for (const id of ids) {
      forget.run((keep[box].get(foundMs, id)?.seq ?? 0) - KEPT)
      for (const statement of remove[box]) statement.run(id)
    }
    incarnations.renew()
    const last = damages.last()
    if (last?.kind === 'row' && foundMs - last.foundMs < ONE_DAMAGE) return
    const damage: Damage = { kind: 'row', foundMs }
    damages.add(damage)
    tell(damage)
  }

  return {
    move(box, ids) {
      const move = () => moveAll(box, ids)
      if (db.inTransaction()) move()
      else commitNow(db, move, mark)
    },
  }
}

/** Reads intact rows. If it finds damaged rows, moves them aside and reads again. */
export function wholeRows<Row>(
  read: () => Row[],
  isRowWhole: (row: Row) => boolean,
  move: (damaged: readonly Row[]) => void,
): Row[] {
  for (;;) {
    const rows = read()
    const damaged = rows.filter((row) => !isRowWhole(row))
    if (damaged.length === 0) return rows
    move(damaged)
  }
}

/** Returns a function that reads the next waiting rows, a few at a time, because reading a row checks it. */
export function scrubber(db: Database, quarantine: Quarantine): (limit: number) => boolean {
  const reads = {
    item: db.prepare<Summed & { id: number }>(
      `SELECT cursor AS id, content, sum FROM item WHERE cursor > ? ORDER BY cursor ${LIMIT_BOUND}`,
    ),
    outbox: db.prepare<Summed & Shared & { id: number }>(
      `SELECT o.id, own AS content, o.sum, shared, u.sum AS shared_sum
       FROM outbox o LEFT JOIN upload u ON u.id = o.id / ${DELIVERIES} WHERE o.id > ? ORDER BY o.id ${LIMIT_BOUND}`,
    ),
  }
  let box: Box = 'item'
  let after = -1
  return (limit) => {
    const rows = reads[box].all(after, limit) as (Summed & Partial<Shared> & { id: number })[]
    const damaged = rows.filter((row) => !isWhole(row) || !isSharedWhole(row)).map(({ id }) => id)
    if (damaged.length > 0) quarantine.move(box, damaged)
    after = rows.at(-1)?.id ?? -1
    if (rows.length === limit) return true
    after = -1
    box = box === 'item' ? 'outbox' : 'item'
    return box === 'outbox'
  }
}

/** The shared parts of a delivery, with their checksum. Both are null if the delivery has no shared parts. */
interface Shared {
  readonly shared: unknown
  readonly shared_sum: unknown
}

/** Returns whether the shared parts, if any, match their checksum. */
export const isSharedWhole = ({ shared = null, shared_sum: sum = null }: Partial<Shared>): boolean =>
  (shared === null && sum === null) || isWhole({ content: shared, sum })
