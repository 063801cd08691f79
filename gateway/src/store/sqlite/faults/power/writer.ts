// Writes to a store and prints each committed number, in a separate process that strace watches. For tests.
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { REPORTS } from '../../../mailbox.ts'
import type { Store } from '../../../store.ts'
import { openSqliteStore } from '../../store.ts'

const [path = ''] = process.argv.slice(2)
const SMALL = 200
/** Size in bytes of a content. A few contents of this size force a checkpoint of the write-ahead log. */
const LARGE = 3 * 1024 * 1024
const ROUNDS = [Array(20).fill(SMALL), Array(10).fill(SMALL), [LARGE, LARGE, LARGE, ...Array(10).fill(SMALL)]]

let number = 0
for (const sizes of ROUNDS) {
  const store = openSqliteStore(path)
  for (const bytes of sizes) await commit(store, ++number, bytes)
  await store[Symbol.asyncDispose]()
}

/** Commits an item and a ledger entry together, and prints a line when the commit is acknowledged. */
async function commit(store: Store, i: number, bytes: number): Promise<void> {
  const envelopeId = new Uint8Array(16)
  new DataView(envelopeId.buffer).setUint32(0, i)
  await store.commit((write) => {
    write.mailbox.add({
      ...REPORTS,
      kind: 'report',
      content: Buffer.concat([envelopeId, randomBytes(bytes)]),
    })
    write.ledger.add({
      sender: 'https://hotline.example',
      envelopeId,
      digest: randomBytes(32),
      expiresMs: 9000,
      madeMs: 1000,
    })
  })
  writeSync(1, `committed ${i}\n`)
}
