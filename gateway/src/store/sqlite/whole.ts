// Checks that stored contents are unchanged. docs/spec/delivery.md, "Durability"
import { crc32 } from 'node:zlib'
import { type Database, damaged } from '@rex/sdk/sqlite'

const SUMMED = {
  item: 'SELECT content, sum FROM item',
  upload: 'SELECT shared AS content, sum FROM upload',
  outbox: 'SELECT own AS content, sum FROM outbox',
}

interface Summed {
  readonly content: Uint8Array
  readonly sum: number
}

/** Computes the checksum that is stored with the content of each row, because SQLite stores no checksums. */
export const sumOf: (content: Uint8Array) => number = crc32

/** Checks all contents. @throws RexError STORE_FAILED, for which `isDamage` is true */
export function checkContents(db: Pick<Database, 'prepare'>): void {
  for (const query of Object.values(SUMMED))
    if (db.prepare<Summed>(query).some(({ content, sum }) => sumOf(content) !== sum)) throw damaged()
}
