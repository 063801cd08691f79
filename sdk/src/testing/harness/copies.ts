// A desk with threads of chosen ids, which are copies of a thread that it sent.
import { randomBytes } from 'node:crypto'
import { Section } from '@rex/proto/core/v1/envelope'
import type { Desk } from '../../client/api/desk.ts'
import { openDesk } from '../../client/desk.ts'
import { openSqliteDeskStore } from '../../client/store/sqlite.ts'
import type { DeskStore } from '../../client/store/store.ts'
import { ThreadRepository } from '../../client/thread/repository/repository.ts'
import { encode, toHex } from '../../core/encoding/encoding.ts'
import { openGateway } from '../gateway/gateway.ts'
import { openWire } from '../gateway/wire.ts'
import { testKeys } from '../parties/keys.ts'
import { buildReferral } from '../referral.ts'
import { createActivity } from '../time/activity.ts'
import { virtualClock } from '../time/clock.ts'

const NOW = Date.UTC(2026, 10, 23, 12)

/** A copy of a thread. */
export interface Copy {
  /** Thread id, 32 hex digits. */
  readonly id: string
  readonly ref?: string
  /** Number of bytes by which the copy's message is larger than the original message. Default: 0. */
  readonly more?: number
}

/** A desk with copies, and a second thread repository over the desk's store, which has not read anything yet. */
export interface CopyDesk extends AsyncDisposable {
  readonly desk: Desk
  readonly store: DeskStore
  readonly threads: ThreadRepository
}

/** Creates a desk with these copies. */
export async function deskOfCopies(copies: readonly Copy[]): Promise<CopyDesk> {
  await using undo = new AsyncDisposableStack()
  const [activity, clock] = [createActivity(), virtualClock(NOW, async () => {})]
  const wire = openWire({ clock, activity, nextFault: () => undefined })
  const open = async (name: string, store: DeskStore) => {
    const link = openGateway({ name, clock, activity, wire })
    return undo.use(await openDesk({ keys: testKeys(name, NOW), store, link, clock, gatherMs: 0 }))
  }
  const newStore = () => openSqliteDeskStore(':memory:', { durable: false })
  const store = newStore()
  const [desk, ngo] = [await open('hotline', store), await open('ngo', newStore())]
  await Promise.all([desk.caughtUp(), ngo.caughtUp()])
  await desk.pair((await ngo.invite()).invite)
  const { id } = await desk.send(buildReferral(), { to: ngo.organisation })
  const { organisation, archiveKey } = testKeys('hotline', NOW)
  const newRepository = () => new ThreadRepository(organisation, archiveKey, store)
  await copyAll(store, newRepository(), { id, copies })
  const made = undo.move()
  return { desk, store, threads: newRepository(), [Symbol.asyncDispose]: () => made.disposeAsync() }
}

/** Adds copies of a thread to a store. */
export async function copyAll(
  store: DeskStore,
  threads: ThreadRepository,
  { id, copies }: { id: string; copies: readonly Copy[] },
): Promise<void> {
  const { role, test, summary, messages } = threads.open(id)
  await store.commit((write) => {
    for (const { id: copyId, ref, more = 0 } of copies) {
      const copy = threads.create({ id: copyId, role, test, summary: { ...summary, ...(ref && { ref }) } })
      write.putThread(threads.record(copy, NOW))
      const section = encode(Section, {
        type: 'narrative',
        content: Buffer.alloc(more),
        salt: Buffer.alloc(16),
      })
      for (const { status, evidence } of messages) {
        const content = threads.sealMessage(copy, { ...evidence, sections: [...evidence.sections, section] })
        write.addMessage({ digest: toHex(randomBytes(32)), thread: copyId, status, content })
      }
    }
  })
}
