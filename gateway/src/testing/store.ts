// Opens a real store in a temporary directory. For tests.
import { join } from 'node:path'
import type { Shares } from '../admission/share.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import type { Store } from '../store/store.ts'
import { temporaryDirectory } from './directory.ts'

/** Opens a store that is deleted at the end of the scope. `maxBytes` limits its size. */
export function testStore(options: { readonly maxBytes?: number } = {}): Store {
  const directory = temporaryDirectory()
  const store = openSqliteStore(join(directory.path, 'store.sqlite'), options)
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      directory[Symbol.dispose]()
    },
  }
}

/** Shares that never refuse an envelope. */
export const plentyOfRoom: Shares = { checkFrom() {}, checkFor() {}, refused: () => [] }
