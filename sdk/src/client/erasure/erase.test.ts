// Tests of erasing one of a thousand threads: no byte of it is left in the desk directory, and every proof is still valid (T-155, P7).
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { verifyInvite } from '../../core/identity/invite.ts'
import { verifyEvidence } from '../../core/receipt/evidence.ts'
import { startDesk } from '../../testing/harness/commands.ts'
import { copyAll } from '../../testing/harness/copies.ts'
import type { Thread } from '../api/thread.ts'
import { unpackBackup } from '../backup/unpack.ts'
import { openKeystore } from '../keys/keystore.ts'
import { restoreDesk } from '../recovery/restore.ts'
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
import { ThreadRepository } from '../thread/repository/repository.ts'

const MARK = 'Zq7-Marker'
const SEND = { to: 'https://ngo.example', ref: `${MARK}-ref`, key: 'case-1' }
const ACCEPT = { reference: `${MARK}-reference`, key: 'case-1/accept' }
let hotline: Party
let ngo: Party

withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const deskOf = (party: Party) => join(party.directory, 'desk')
const answered = async (thread: Thread) =>
  (await thread.view()).delivery.every(({ state }) => state === 'received' || state === 'seen')

/** Returns the texts of a referral that a person would recognise. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return /\s/.test(value) || value.length >= 8 ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

/** Completes a referral in which both sides write a marker into every free field. */
async function finished(to: Party): Promise<{ mine: Thread; theirs: Thread; markers: string[] }> {
  const referral = example('victim-support-grooming')
  const mine = await hotline.desk.send(referral, SEND)
  const item = await first(to, mine.id)
  await item.park(`${MARK}-parked`)
  const theirs = item.thread
  await theirs.accept(ACCEPT)
  await next(hotline.desk, eventOf(mine.id, 'accept'))
  await mine.disclose()
  await theirs.requestInfo({ questions: [{ text: `${MARK}-question` }] })
  await next(hotline.desk, eventOf(mine.id, 'request-info'))
  await mine.provideInfo({ answers: [{ id: '1', text: `${MARK}-answer` }] })
  await next(to.desk, eventOf(mine.id, 'provide-info'))
  await theirs.note({ text: `${MARK}-note` })
  await theirs.hold({ note: `${MARK}-hold` })
  await theirs.complete({ outcome: 'child-safe', text: `${MARK}-complete` })
  await next(hotline.desk, eventOf(mine.id, 'complete'))
  for (const thread of [mine, theirs]) await vi.waitUntil(() => answered(thread), { timeout: 60_000 })
  return { mine, theirs, markers: [MARK, ...textsOf(referral)] }
}

async function first(party: Party, id: string) {
  for await (const item of party.desk.receive()) if (referralOf(id)(item)) return item
  throw new Error('The feed ended.')
}

/** Returns the files of a directory that contain any of these bytes. */
function filesWith(directory: string, ...sought: readonly (Buffer | string)[]): unknown[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .flatMap(({ parentPath, name }) => {
      const bytes = readFileSync(join(parentPath, name))
      return sought.filter((one) => bytes.includes(one)).map((found) => [name, found])
    })
}

/** Returns the forms that a text may have in a file: plain, UTF-16, hexadecimal, or base64 at any offset. */
function formsOf(text: string): (Buffer | string)[] {
  const inBase64 = [0, 1, 2].map((at) => {
    const encoded = Buffer.from('-'.repeat(at) + text).toString('base64')
    return encoded.slice(Math.ceil((at * 8) / 6), Math.floor(((at + text.length) * 8) / 6))
  })
  const hex = Buffer.from(text).toString('hex')
  return [text, Buffer.from(text, 'utf16le'), hex, hex.toUpperCase(), ...inBase64]
}

const MESSAGES = 7

/** Returns how many messages of a bundle are proven. */
async function proven(bytes: Uint8Array): Promise<number> {
  const keys = new Map<string, Awaited<ReturnType<typeof verifyInvite>>['configuration']['entityKey']>()
  for (const { desk, id } of [hotline, ngo])
    keys.set(id, (await verifyInvite((await desk.invite()).invite, Date.now())).configuration.entityKey)
  const { messages } = await verifyEvidence(bytes, (organisation) => keys.get(organisation))
  return messages.length
}

/** The ids of 999 copies of another thread. A process that is killed erases one of these copies. */
const COPIES = Array.from({ length: 999 }, (_, i) => ({ id: `c0${`${i}`.padStart(30, '0')}` }))
const KILLED = COPIES[500]?.id ?? ''

/** Reads the wrapped key of a thread from the store of a closed desk. */
async function keyOf(party: Party, id: string): Promise<Buffer> {
  await using store = openSqliteDeskStore(join(deskOf(party), STORE_FILE))
  return Buffer.from(store.keys.get(store.read.thread(id)?.slot ?? 0) as Uint8Array)
}

/** Backs up the desk, and copies another thread in it until the desk has 1001 threads. Returns the wrapped key of thread `id`. */
async function thousand(
  party: Party,
  { id, other }: { readonly id: string; readonly other: string },
): Promise<Buffer> {
  await party.desk[Symbol.asyncDispose]()
  for (const file of ['keystore.json', STORE_FILE, basename(keysPathOf(STORE_FILE))])
    cpSync(join(deskOf(party), file), join(party.directory, 'backup', file))
  const { organisation, archiveKey } = await openKeystore(deskOf(party), PASSPHRASE)
  {
    await using store = openSqliteDeskStore(join(deskOf(party), STORE_FILE))
    const threads = new ThreadRepository(organisation, archiveKey, store)
    await copyAll(store, threads, { id: other, copies: COPIES })
  }
  return await keyOf(party, id)
}

/** Erases a thread in a process that is killed as soon as the thread is on the list of erased threads, before its key is destroyed. */
async function erasedByKilled(id: string): Promise<void> {
  const passphrase = join(ngo.directory, 'passphrase')
  writeFileSync(passphrase, PASSPHRASE, { mode: 0o600 })
  const where = ['--dir', deskOf(ngo), '--passphrase-file', passphrase]
  const { child, ended } = startDesk(['erase', id, '--reason', 'request', '--force', '--yes', ...where])
  const list = join(deskOf(ngo), `${STORE_FILE}.erased`)
  const isListed = () => existsSync(list) && readFileSync(list, 'utf8').includes(id)
  const watching = watch(deskOf(ngo), () => isListed() && child.kill('SIGKILL'))
  await ended
  watching.close()
}

describe('one of a thousand threads', () => {
  let mine: Thread
  let theirs: Thread
  let markers: string[]
  let key: Buffer
  let evidence: Uint8Array

  beforeAll(async () => {
    ;({ mine, theirs, markers } = await finished(ngo))
    evidence = await theirs.export({ sections: true })
    const other = await hotline.desk.send(example('content-verification'), { to: ngo.id })
    await next(ngo.desk, referralOf(other.id))
    key = await thousand(ngo, { id: mine.id, other: other.id })
    ngo.desk = await openAgain(ngo.directory)
    theirs = await ngo.desk.thread(mine.id)
  })

  test('T-155 T-142 P7 after a killed erasure, no byte of the thread is left once the desk is open again', async () => {
    await ngo.desk[Symbol.asyncDispose]()
    const erasing = await keyOf(ngo, KILLED)
    expect(filesWith(deskOf(ngo), erasing)).not.toEqual([])
    await erasedByKilled(KILLED)
    ngo.desk = await openAgain(ngo.directory)
    expect((await ngo.desk.thread(KILLED)).erased).toMatchObject({ reason: 'request', forced: true })
    expect(filesWith(deskOf(ngo), erasing)).toEqual([])
    theirs = await ngo.desk.thread(mine.id)
  })

  test('T-155 P7 leaves no byte in the desk directory when it is erased; 999 others open, and proofs verify', async () => {
    expect(filesWith(deskOf(ngo), key)).not.toEqual([])
    await expect(theirs.erase({ reason: 'request' })).rejects.toMatchObject({
      reason: 'INVALID_EVENT',
      message: expect.stringContaining('legal hold'),
    })
    await theirs.release()
    await theirs.erase({ reason: 'request' })
    await theirs.erase({ reason: 'request' })
    const check = (directory = deskOf(ngo)) =>
      expect(filesWith(directory, key, ...formsOf(MARK), ...markers)).toEqual([])
    check()
    const others = await ngo.desk.threads({ limit: 2000 })
    expect([others.length, others.filter(({ state }) => state === 'unreadable')]).toEqual([999, []])
    await ngo.desk[Symbol.asyncDispose]()
    check()
    ngo.desk = await openAgain(ngo.directory)
    check()
    const [file, into] = [join(ngo.directory, 'later.rexbackup'), join(ngo.directory, 'unpacked')]
    await ngo.desk.backup({ file })
    mkdirSync(into)
    await unpackBackup(file, { passphrase: PASSPHRASE }, { into })
    expect(filesWith(into, (await ngo.desk.erased()).map(({ id }) => id)[0] ?? '')).not.toEqual([])
    check(into)
    for (const bytes of [evidence, await mine.export(), await mine.export({ sections: true })])
      expect(await proven(bytes)).toBe(MESSAGES)
  })

  test('T-155 leaves a record without personal data: what was erased, when and why', async () => {
    const erased = await ngo.desk.thread(mine.id)
    expect(erased).toMatchObject({
      id: mine.id,
      role: 'recipient',
      erased: { reason: 'request', forced: false },
    })
    expect(await ngo.desk.erased()).toContainEqual({ id: mine.id, ...erased.erased })
    expect(await ngo.desk.threads({ idPrefix: mine.id })).toMatchObject([{ id: mine.id, state: 'erased' }])
    for (const read of [
      () => erased.view(),
      () => erased.current(),
      () => erased.export(),
      () => erased.changes(),
    ])
      await expect(read()).rejects.toMatchObject({ reason: 'ERASED', metadata: { thread: mine.id } })
    await expect(erased.note({ text: 'x' })).rejects.toMatchObject({ reason: 'ERASED' })
    await erased.accept(ACCEPT)
  })

  test('T-155 the application is told of the erasure, and so is the other side when it writes to the thread', async () => {
    const item = await next(ngo.desk, ({ kind, thread }) => kind === 'erased' && thread.id === mine.id)
    expect(item).toMatchObject({ kind: 'erased', erased: { reason: 'request' }, thread: { id: mine.id } })
    await mine.note({ text: 'Are you still there?' })
    const failed = await next(hotline.desk, ({ kind }) => kind === 'failure')
    expect(failed).toMatchObject({ kind: 'failure', outcome: 'refused', reason: 'ERASED', type: 'note' })
    expect(filesWith(deskOf(ngo), 'Are you still there?')).toEqual([])
  })

  test('T-155 after the referrer erases it too, a repeated send finds it, and no file contains anything of it', async () => {
    await mine.erase({ reason: 'retention' })
    expect(filesWith(deskOf(hotline), ...formsOf(MARK), ...markers)).toEqual([])
    const again = await hotline.desk.send(example('victim-support-grooming'), SEND)
    expect(again).toMatchObject({ id: mine.id, erased: { reason: 'retention' }, counterparts: [ngo.id] })
    expect(again.ref).toBeUndefined()
  })

  test('T-155 a restored earlier backup does not contain it, and partners do not bring it back', async () => {
    const { token } = await ngo.gateway.createToken()
    await ngo.desk[Symbol.asyncDispose]()
    const list = readFileSync(join(deskOf(ngo), `${STORE_FILE}.erased`))
    rmSync(deskOf(ngo), { recursive: true })
    cpSync(join(ngo.directory, 'backup'), deskOf(ngo), { recursive: true })
    writeFileSync(join(deskOf(ngo), `${STORE_FILE}.erased`), list)
    await restoreDesk({ directory: deskOf(ngo), passphrase: PASSPHRASE, token })
    ngo.desk = await openAgain(ngo.directory)
    await ngo.desk.caughtUp()
    expect((await ngo.desk.thread(mine.id)).erased).toMatchObject({ reason: 'request' })
    expect(filesWith(deskOf(ngo), key)).toEqual([])
    expect(await ngo.desk.threads()).toHaveLength(1)
  })
})
