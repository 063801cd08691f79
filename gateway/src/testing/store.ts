// A real store in a directory of its own. For tests.
import { join } from 'node:path'
import type { Shares } from '../admission/share.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import type { Store } from '../store/store.ts'
import { temporaryDirectory } from './directory.ts'

/** A store that lives as long as the scope. `maxBytes` bounds its size. */
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

/** Shares of a store without end. */
export const plentyOfRoom: Shares = { checkFrom() {}, checkFor() {}, refused: () => [] }
