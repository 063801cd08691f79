// A restore interrupted by a crash is completed when the desk is reopened (T-142). docs/spec/mailbox.md, "Lease"
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { RexError } from '../../../core/error.ts'
import type { MailboxLink } from '../../gateway/link.ts'
import type { RotatingKeys } from '../../keys/rotating-keys.ts'
import { restoredIfOlder } from '../../recovery/older-copy.ts'
import { openSqliteDeskStore } from '../../store/sqlite.ts'
import type { DeskStore } from '../../store/store.ts'

const root = mkdtempSync(join(tmpdir(), 'rex-restore-death-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const CHAIN = new Uint8Array(16).fill(1)
const INCARNATION = '22'.repeat(16)
/** A gateway that has received more of the chain than the store has issued. */
const gateway = { mailbox: { acquireLease: async () => ({ seen: 9 }) } } as unknown as MailboxLink

interface Disk {
  current: RotatingKeys
}

/**
 * Makes the store of a desk that received confirmations. With `forgets`, the mark of the store is missing, so the desk must
 * assume that it lost commits.
 */
async function damaged(path: string, forgets: boolean): Promise<Disk> {
  const store = openSqliteDeskStore(path)
  await store.commit((write) => {
    write.putPeer({ organisation: 'https://ngo.example', configuration: '', pairedMs: 0 })
    write.putIncarnation(INCARNATION)
    write.confirmPlace(7)
  })
  await store[Symbol.asyncDispose]()
  if (forgets) rmSync(`${path}.mark`)
  return { current: { chain: CHAIN } as RotatingKeys }
}

/** Starts the desk once, in a process that dies before step number `steps`. */
async function start(path: string, disk: Disk, steps = Number.POSITIVE_INFINITY): Promise<RotatingKeys> {
  let left = steps
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    if (left-- <= 0) throw new RexError('STORE_FAILED', 'The process has ended.')
    return work()
  }
  await using store = openSqliteDeskStore(path)
  const mortal: DeskStore = {
    ...store,
    commit: (work, undone) => step(() => store.commit(work, undone)),
    beginAnew: (also) => step(() => store.beginAnew(also)),
  }
  const keep = (current: RotatingKeys) =>
    step(async () => {
      disk.current = current
    })
  return await restoredIfOlder(mortal, disk.current, { link: gateway, keep, now: () => 1 })
}

const cases = [true, false].flatMap((forgets) => [0, 1, 2].map((steps) => ({ forgets, steps })))

test.each(cases)(
  'T-142 a store that lost data ($forgets) or is older is restored despite a crash after step $steps',
  async ({ forgets, steps }) => {
    const path = join(root, `${forgets}-${steps}.db`)
    const disk = await damaged(path, forgets)
    await start(path, disk, steps).catch((error) => expect(error).toMatchObject({ reason: 'STORE_FAILED' }))
    const { chain, resumes } = await start(path, disk)
    expect(chain).not.toEqual(CHAIN)
    expect(resumes).toEqual({ previousChain: CHAIN })
    expect(disk.current.chain).toEqual(chain)
    await using store = openSqliteDeskStore(path)
    expect(store.forgot).toBe(false)
    expect(store.read.notices().map(({ kind }) => kind)).toEqual(['desk-restored'])
    expect(store.read.confirmed()).toBe(0)
  },
)
