// Tests of a gateway whose store has lost the record of the desk that had the lease (REX-MBX-014, T-140).
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { virtualClock } from '../clock/virtual.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { asking } from '../testing/lease.ts'
import { openLeases } from './lease.ts'

const [BEFORE, RESTORED] = [1, 2].map((byte) => new Uint8Array(16).fill(byte)) as [Uint8Array, Uint8Array]

test('T-140 REX-MBX-014 a store that forgot a change of the mailbox admits its present holder, under a new fence', async () => {
  using directory = temporaryDirectory()
  const [path, copy] = ['store.sqlite', 'copy'].map((name) => join(directory.path, name)) as [string, string]
  const open = () => {
    const store = openSqliteStore(path)
    const clock = virtualClock(0)
    const time = { passed: () => 0, agreed: () => 0, peersAheadMs: () => undefined }
    return { store, leases: openLeases({ store, clock, time }) }
  }
  const first = open()
  await first.leases.acquire(asking(BEFORE))
  await first.store[Symbol.asyncDispose]()
  cpSync(path, copy)
  const second = open()
  const { fence } = await second.leases.acquire(asking(RESTORED, true))
  await second.store[Symbol.asyncDispose]()
  cpSync(copy, path)
  rmSync(`${path}-wal`, { force: true })
  const third = open()
  expect(third.store.damage?.kind).toBe('forgot')
  const held = await third.leases.acquire(asking(RESTORED))
  expect(held.fence).toBeGreaterThan(fence)
  await third.store[Symbol.asyncDispose]()
})
