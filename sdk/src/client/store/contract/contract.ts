// The contract tests for every desk store, whatever its database.
import { describe, test } from 'vitest'
import type { DeskStore } from '../store.ts'
import { CONTENTS } from './contents.ts'
import { MESSAGES } from './messages.ts'
import { RESEAL } from './reseal.ts'
import { THREADS } from './threads.ts'

const CONTRACT = { ...CONTENTS, ...THREADS, ...MESSAGES, ...RESEAL }

/** Tests that a store keeps the contract. `open` returns a new, empty store; `reopen` closes a store and opens it again. */
export function testDeskStore(open: () => DeskStore, reopen: (store: DeskStore) => Promise<DeskStore>): void {
  describe('desk store', () => {
    test.each(Object.entries(CONTRACT))('%s', async (_, work) => {
      const store = open()
      let current: DeskStore | undefined = store
      const life = {
        close: async () => {
          await current?.[Symbol.asyncDispose]()
          current = undefined
        },
        reopen: async () => {
          current = await reopen(store)
          return current
        },
      }
      try {
        await work(store, life)
      } finally {
        await life.close()
      }
    })
  })
}
