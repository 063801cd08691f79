// Whether a store is what was written: its structure, and the contents that it passes on. docs/spec/delivery.md, "Durability"
import { crc32 } from 'node:zlib'
import { checkStructure, type Database, damaged, isChecked } from '@rex/sdk/sqlite'

const SUMMED = {
  item: 'SELECT content, sum FROM item',
  upload: 'SELECT shared AS content, sum FROM upload',
  outbox: 'SELECT own AS content, sum FROM outbox',
}

interface Summed {
  readonly content: Uint8Array
  readonly sum: number
}

/** The sum that is kept beside a content, because SQLite keeps none. */
export const sumOf: (content: Uint8Array) => number = crc32

/** Checks a store that has its tables, unless it is large. @throws RexError STORE_FAILED, for which `isDamage` holds */
export function checkWhole(db: Database, path: string): void {
  checkStructure(db, path)
  if (!isChecked(path)) return
  for (const query of Object.values(SUMMED))
    if (db.prepare<Summed>(query).some(({ content, sum }) => sumOf(content) !== sum)) throw damaged()
}
