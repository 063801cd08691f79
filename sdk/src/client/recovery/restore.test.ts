import { cpSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { toHex } from '../../core/encoding/encoding.ts'
import type { Desk } from '../api/desk.ts'
import type { Item } from '../api/items.ts'
import type { Thread } from '../api/thread.ts'
import { connect } from '../connect.ts'
import { openKeystore } from '../keys/keystore.ts'
import { keysPathOf } from '../store/keys/thread-keys.ts'
import { openSqliteDeskStore, STORE_FILE } from '../store/sqlite.ts'
import {
  eventOf,
  example,
  next,
  openAgain,
  PASSPHRASE,
  type Party,
  referralOf,
  withParties,
} from '../tests/harness/parties.ts'
import { enrolDesk, restoreDesk } from './restore.ts'

let hotline: Party
let ngo: Party

const root = withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const desk = (party: Party) => join(party.directory, 'desk')
const backup = (party: Party) => join(party.directory, 'backup')

/** Copies the files that the guide says to back up, while the desk is stopped. */
async function backUp(party: Party): Promise<void> {
  await party.desk[Symbol.asyncDispose]()
  rmSync(backup(party), { recursive: true, force: true })
  cpSync(desk(party), backup(party), { recursive: true })
  rmSync(join(backup(party), 'current.json'))
  party.desk = await openAgain(party.directory)
}

/** Simulates the loss of the disk, and puts the backup in its place. */
async function loseAndRestore(party: Party): Promise<void> {
  await party.desk[Symbol.asyncDispose]()
  rmSync(desk(party), { recursive: true })
  cpSync(backup(party), desk(party), { recursive: true })
  const { token } = await party.gateway.createToken()
  await restoreDesk({ directory: desk(party), passphrase: PASSPHRASE, token })
  party.desk = await openAgain(party.directory)
}

async function referred(): Promise<{ mine: Thread; theirs: Thread }> {
  const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  return { mine, theirs: (await next(ngo.desk, referralOf(mine.id))).thread }
}

const chainOf = async (party: Party) => toHex((await openKeystore(desk(party), PASSPHRASE)).chain)
const noteOf = (id: string, text: string) => (item: Item) =>
  eventOf(id, 'note')(item) &&
  item.kind === 'event' &&
  item.event.type === 'note' &&
  item.event.content.text === text

describe('a desk that is restored from a backup', () => {
  test('REX-RCP-018 learns the outcome of its messages, although the first answer was sealed to a lost key', async () => {
    const { mine } = await referred()
    await backUp(ngo)
    await loseAndRestore(ngo)
    const states = async () => {
      const { delivery } = await (await ngo.desk.thread(mine.id)).view()
      return delivery.map(({ state }) => state)
    }
    await expect.poll(states).toEqual(['received'])
  })

  test('REX-THR-028 begins a new chain, announces it first in every track, and continues', async () => {
    const { mine } = await referred()
    await backUp(ngo)
    const before = await chainOf(ngo)
    await loseAndRestore(ngo)
    expect(await chainOf(ngo)).not.toBe(before)
    const thread = await ngo.desk.thread(mine.id)
    await thread.accept()
    const seen: string[] = []
    await next(hotline.desk, (item) => {
      if (item.kind === 'event' && item.thread.id === mine.id) seen.push(item.event.type)
      return eventOf(mine.id, 'accept')(item)
    })
    expect(seen).toEqual(['resumed', 'accept'])
    const views = [await (await hotline.desk.thread(mine.id)).view(), await thread.view()]
    expect(views.map(({ state, frozen }) => [state, frozen])).toEqual([
      ['accepted', undefined],
      ['accepted', undefined],
    ])
  })

  test('announces the new chain once, not at every opening', async () => {
    const { mine } = await referred()
    await backUp(ngo)
    await loseAndRestore(ngo)
    await ngo.desk.caughtUp()
    await ngo.desk[Symbol.asyncDispose]()
    expect((await openKeystore(desk(ngo), PASSPHRASE)).resumes).toBeUndefined()
    ngo.desk = await openAgain(ngo.directory)
    const { events } = await (await ngo.desk.thread(mine.id)).changes()
    expect(events.map(({ type }) => type)).toEqual(['refer', 'resumed'])
  })
})

describe('messages that a restored desk had and lost', () => {
  test('P1 received messages arrive again: events and whole referrals', async () => {
    const { mine } = await referred()
    await backUp(ngo)
    await mine.note({ text: 'after the backup' })
    await next(ngo.desk, eventOf(mine.id, 'note'))
    const lost = await referred()
    await ngo.desk.drain()
    await loseAndRestore(ngo)
    const found = new Set<string>()
    await next(ngo.desk, (item) => {
      if (noteOf(mine.id, 'after the backup')(item)) found.add('note')
      if (referralOf(lost.mine.id)(item)) found.add('referral')
      return found.size === 2
    })
    await (await ngo.desk.thread(lost.mine.id)).accept()
    await next(hotline.desk, eventOf(lost.mine.id, 'accept'))
  })

  test('REX-THR-029 after the loss of its own last event, dependent events are refused and can be sent again', async () => {
    const mine = await hotline.desk.send(example('victim-support-grooming'), { to: ngo.id })
    const { thread: before } = await next(ngo.desk, referralOf(mine.id))
    await backUp(ngo)
    await (await ngo.desk.thread(before.id)).accept({ reference: 'lost' })
    await next(hotline.desk, eventOf(mine.id, 'accept'))
    await mine.disclose()
    await next(ngo.desk, eventOf(mine.id, 'disclose'))
    await mine.note({ text: 'they called' })
    await next(ngo.desk, noteOf(mine.id, 'they called'))
    await loseAndRestore(ngo)
    const gap = (item: Item) => item.kind === 'alarm' && item.alarm === 'gap' && item.thread.id === mine.id
    await next(ngo.desk, gap)
    await next(ngo.desk, gap)
    const theirs = await ngo.desk.thread(mine.id)
    expect((await theirs.view()).state).toBe('requested')
    await theirs.accept({ reference: 'again' })
    const failed = await next(hotline.desk, (item) => item.kind === 'failure' && item.thread.id === mine.id)
    expect(failed).toMatchObject({ outcome: 'refused', reason: 'INVALID_EVENT' })
    await (await hotline.desk.thread(mine.id)).disclose()
    const found = new Set<string>()
    await next(ngo.desk, (item) => {
      if (noteOf(mine.id, 'they called')(item)) found.add('note')
      if (eventOf(mine.id, 'disclose')(item)) found.add('disclose')
      return found.size === 2
    })
    const views = [await (await hotline.desk.thread(mine.id)).view(), await theirs.view()]
    expect(views.map(({ state }) => state)).toEqual(['accepted', 'accepted'])
    expect((await theirs.current()).staged).toEqual([])
  })
})

describe('a backup of a desk', () => {
  test('is not opened without a restore, and not restored while it is open', async () => {
    await backUp(ngo)
    const copy = { ...ngo, directory: join(root, 'elsewhere') }
    cpSync(backup(ngo), desk(copy), { recursive: true })
    await expect(openAgain(copy.directory)).rejects.toMatchObject({
      reason: 'NOT_FOUND',
      hint: expect.stringContaining('rex-desk restore'),
    })
    await expect(restoreDesk({ directory: desk(copy), passphrase: PASSPHRASE })).rejects.toMatchObject({
      reason: 'TOKEN_INVALID',
    })
    const { token } = await hotline.gateway.createToken()
    const foreign = restoreDesk({ directory: desk(copy), passphrase: PASSPHRASE, token })
    await expect(foreign).rejects.toMatchObject({ reason: 'PEER_MISMATCH' })
    const opened = restoreDesk({ directory: desk(ngo), passphrase: PASSPHRASE })
    await expect(opened).rejects.toMatchObject({ reason: 'STORE_IN_USE' })
  })
})

describe('the previous desk store', () => {
  let old: Desk | undefined
  afterEach(async () => old?.[Symbol.asyncDispose]())

  test('T-136 REX-MBX-012 REX-MBX-104 is shut out immediately and permanently, and both desks are told', async () => {
    const { mine } = await referred()
    await backUp(ngo)
    old = ngo.desk
    const copy = join(root, 'restored')
    cpSync(backup(ngo), join(copy, 'desk'), { recursive: true })
    const { token } = await ngo.gateway.createToken()
    await restoreDesk({ directory: join(copy, 'desk'), passphrase: PASSPHRASE, token })
    const reading = (async () => {
      for await (const item of ngo.desk.receive()) await item.ack()
    })()
    ngo.desk = await openAgain(copy)
    await expect(reading).rejects.toMatchObject({ reason: 'LEASE_LOST' })
    const [before, after] = await Promise.all([old.health(), ngo.desk.health()])
    const { message } = before.problems.find(({ code }) => code === 'mailbox-lost') ?? {}
    expect(message).toContain(
      `The desk with credential ${after.credential.slice(0, 16)} has held the mailbox`,
    )
    await ngo.desk.caughtUp()
    const problem = (await ngo.desk.health()).problems.find(({ code }) => code === 'mailbox-taken')
    expect(problem?.message).toContain(`from the one with ${before.credential.slice(0, 16)}`)
    const oldThread = await old.thread(mine.id)
    const refusedWith = { reason: 'LEASE_LOST', hint: expect.stringContaining('Another desk is active') }
    await expect(oldThread.note({ text: 'from the desk store before' })).rejects.toMatchObject(refusedWith)
    await expect(oldThread.markSeen()).rejects.toMatchObject(refusedWith)
    await expect(
      old.send(example('content-verification'), { to: hotline.id, key: 'lost' }),
    ).rejects.toMatchObject(refusedWith)
    await (await ngo.desk.thread(mine.id)).note({ text: 'from the restored one' })
    await next(hotline.desk, noteOf(mine.id, 'from the restored one'))
    await old?.[Symbol.asyncDispose]()
    await leaveReceipt()
    const log: string[] = []
    const lost = Promise.withResolvers<void>()
    old = await connect({
      directory: desk(ngo),
      unlock: async () => PASSPHRASE,
      log({ message, fields }) {
        log.push(message)
        if (fields.reason === 'LEASE_LOST') lost.resolve()
      },
    })
    await lost.promise
    await expect(old.drain()).rejects.toMatchObject(refusedWith)
    await expect(old.caughtUp()).rejects.toMatchObject(refusedWith)
    await (await hotline.desk.thread(mine.id)).note({ text: 'to whom it concerns' })
    await next(ngo.desk, noteOf(mine.id, 'to whom it concerns'))
    const { events } = await (await hotline.desk.thread(mine.id)).changes()
    expect(events.map((event) => event.type === 'note' && event.content.text)).not.toContain(
      'from the desk store before',
    )
    expect((await (await hotline.desk.thread(mine.id)).view()).frozen).toBeUndefined()
    await old[Symbol.asyncDispose]()
    await ngo.desk[Symbol.asyncDispose]()
    rmSync(desk(ngo), { recursive: true })
    cpSync(join(copy, 'desk'), desk(ngo), { recursive: true })
    ngo.desk = await openAgain(ngo.directory)
  })

  /** Leaves a message of the previous desk store waiting to be sent. */
  async function leaveReceipt(): Promise<void> {
    await using store = openSqliteDeskStore(join(desk(ngo), STORE_FILE))
    await store.commit((write) => write.addReceipt(hotline.id, new Uint8Array()))
  }
})

test('a desk store on the same disk, as after a reset to a snapshot, is restored without a token', async () => {
  const { mine } = await referred()
  const before = await chainOf(ngo)
  await ngo.desk[Symbol.asyncDispose]()
  const seed = (await openKeystore(desk(ngo), PASSPHRASE)).epochs.seed
  await restoreDesk({ directory: desk(ngo), passphrase: PASSPHRASE })
  const keys = await openKeystore(desk(ngo), PASSPHRASE)
  expect([toHex(keys.resumes?.previousChain ?? new Uint8Array()), toHex(keys.epochs.seed)]).toEqual([
    before,
    toHex(seed),
  ])
  ngo.desk = await openAgain(ngo.directory)
  const item = await next(hotline.desk, eventOf(mine.id, 'resumed'))
  expect(item).toMatchObject({ event: { content: { previousChain: before } } })
})

test('T-140 a desk that lost thread keys continues after a restore, as its hint says', async () => {
  await referred()
  await ngo.desk[Symbol.asyncDispose]()
  for (const name of readdirSync(desk(ngo)))
    if (name.startsWith(basename(keysPathOf(STORE_FILE)))) rmSync(join(desk(ngo), name))
  await expect(openAgain(ngo.directory)).rejects.toMatchObject({
    reason: 'STORE_FAILED',
    hint: expect.stringContaining('rex-desk restore'),
  })
  await restoreDesk({ directory: desk(ngo), passphrase: PASSPHRASE })
  ngo.desk = await openAgain(ngo.directory)
  const { mine, theirs } = await referred()
  await theirs.accept()
  await next(hotline.desk, eventOf(mine.id, 'accept'))
})

test('a desk whose certificate has expired can enrol again and remains the same desk', async () => {
  const before = await chainOf(ngo)
  await ngo.desk[Symbol.asyncDispose]()
  const { token } = await ngo.gateway.createToken()
  await enrolDesk({ directory: desk(ngo), passphrase: PASSPHRASE, token })
  ngo.desk = await openAgain(ngo.directory)
  expect(await chainOf(ngo)).toBe(before)
  await referred()
})
