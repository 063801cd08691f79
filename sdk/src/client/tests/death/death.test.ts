// A crash between any two commits: after reopening, related writes are either all there or all missing (T-142). docs/guide/desk.md, "The desk store"

import { join } from 'node:path'
import { Submission } from '@rex/proto/mailbox/v1/mailbox'
import { expect, test } from 'vitest'
import { encode } from '../../../core/encoding/encoding.ts'
import { RexError } from '../../../core/error.ts'
import type { Thread } from '../../api/thread.ts'
import { type Clock, systemClock } from '../../clock/clock.ts'
import { openDesk } from '../../desk.ts'
import { openLink } from '../../gateway/link.ts'
import { openKeystore } from '../../keys/keystore.ts'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
import type { DeskStore } from '../../store/store.ts'
import {
  example,
  next,
  openAgain,
  PASSPHRASE,
  type Party,
  startAgain,
  withParties,
} from '../harness/parties.ts'

const DAY = 24 * 60 * 60_000

let hotline: Party
let ngo: Party

withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

interface Mortal {
  readonly store: DeskStore
  /** Allows this many more commits. Resolves when the first commit after that is prevented. */
  dieAfter(commits: number): Promise<void>
}

/** Wraps a store as if its process died after a commit: later commits are never written. */
function mortal(store: DeskStore): Mortal {
  const dead = Promise.withResolvers<void>()
  let left = Number.POSITIVE_INFINITY
  const commit: DeskStore['commit'] = async (work, undone) => {
    if (left === 0) {
      dead.resolve()
      throw new RexError('STORE_FAILED', 'The process has ended.')
    }
    left -= 1
    return store.commit(work, undone)
  }
  return {
    store: { ...store, commit },
    dieAfter(commits) {
      left = commits
      return dead.promise
    },
  }
}

/** Opens the hotline's desk over a store that dies on command. */
async function openMortal(clock: Clock = systemClock): Promise<Mortal> {
  await hotline.desk[Symbol.asyncDispose]()
  const directory = join(hotline.directory, 'desk')
  const keys = await openKeystore(directory, PASSPHRASE)
  const life = mortal(openSqliteDeskStore(join(directory, STORE_FILE)))
  hotline.desk = await openDesk({ keys, store: life.store, link: openLink(keys), clock })
  await hotline.desk.caughtUp()
  return life
}

async function reopen(): Promise<void> {
  await hotline.desk[Symbol.asyncDispose]()
  hotline.desk = await openAgain(hotline.directory)
  await hotline.desk.caughtUp()
}

/** Starts the hotline's gateway, which is not running. */
const start = () => startAgain(hotline)

/** Spoils the messages that wait to be sent, so no gateway accepts them. */
async function spoil({ read, commit }: DeskStore): Promise<void> {
  const [{ id, submission } = { id: 0, submission: new Uint8Array() }] = read.outgoing(0, 1)
  const { deliveries, ...rest } = Submission.decode(submission)
  const spoilt = deliveries.map((delivery) => ({ ...delivery, sections: [63] }))
  await commit((write) => write.replaceOutgoing(id, encode(Submission, { ...rest, deliveries: spoilt })))
}

const stateOf = async ({ id }: Thread, { id: organisation }: Party) =>
  (await (await hotline.desk.thread(id)).with(organisation).view()).delivery.map(({ state }) => state)

test.each([1, 2, 3])(
  'T-142 a crash after commit %i of a refusal leaves no send without an outcome',
  async (commits) => {
    const { store, dieAfter } = await openMortal()
    await hotline.desk.drain()
    await hotline.gateway.drain()
    const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
    await spoil(store)
    const died = dieAfter(commits)
    await start()
    const ended = expect.poll(() => stateOf(mine, ngo)).toEqual(['refused'])
    await Promise.race([died, ended])
    await reopen()
    await expect.poll(() => stateOf(mine, ngo)).toEqual(['refused'])
    await next(hotline.desk, (item) => item.kind === 'failure' && item.thread.id === mine.id)
    await hotline.desk.drain({ signal: AbortSignal.timeout(60_000) })
  },
)

test.each([0, 1, 2])(
  'T-142 after a crash after commit %i, a pairing can be ended again, and all waiting messages end with it',
  async (commits) => {
    const { invite } = await ngo.desk.invite()
    const { dieAfter } = await openMortal({ ...systemClock, now: () => Date.now() + DAY })
    const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
    expect(await stateOf(mine, ngo)).toEqual(['intended'])
    void dieAfter(commits)
    await hotline.desk.unpair(ngo.id).catch(() => {})
    await hotline.desk[Symbol.asyncDispose]()
    const { store } = await openMortal({ ...systemClock, now: () => Date.now() + DAY })
    const isPaired = (await hotline.desk.peers()).length > 0
    const ended = await stateOf(mine, ngo)
    expect(store.read.outgoing(0, 9)).toHaveLength(ended[0] === 'refused' ? 0 : 1)
    if (isPaired) await hotline.desk.unpair(ngo.id)
    await expect.poll(() => stateOf(mine, ngo)).toEqual(['refused'])
    expect(await hotline.desk.peers()).toEqual([])
    expect(store.read.outgoing(0, 9)).toEqual([])
    await reopen()
    await hotline.desk.pair(invite)
  },
)
