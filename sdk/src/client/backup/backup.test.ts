// Tests of backups taken while a desk is in use: their contents, and a restore on another computer.
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { writeBackup } from '../../backup/write.ts'
import { kitWords } from '../../core/identity/kit.ts'
import { isLockedForOthers } from '../../testing/harness/locked.ts'
import type { Thread } from '../api/thread.ts'
import { connect } from '../connect.ts'
import { recoverDesk } from '../keys/access.ts'
import { readKeystore, replaceKeystore, unlockKeystore } from '../keys/keystore.ts'
import { sealKeystore, wrapAgain } from '../keys/keystore-file/seal.ts'
import { restoreDesk } from '../recovery/restore.ts'
import {
  eventOf,
  example,
  next,
  PASSPHRASE,
  type Party,
  referralOf,
  withParties,
} from '../tests/harness/parties.ts'
import { PURPOSE } from './contents.ts'
import { unpackBackup } from './unpack.ts'
import { verifyBackup } from './verify.ts'
import { backupDesk, partsOf } from './write.ts'

let hotline: Party
let ngo: Party
let made = 0
/** Maximum number of referrals sent during a backup. On a slow computer, a higher number would delay the backup indefinitely. */
const MOST = 40

const root = withParties(['hotline', 'ngo'], (all) => {
  ;[hotline, ngo] = all as [Party, Party]
})

const desk = (party: Party) => join(party.directory, 'desk')
const fresh = (name = 'backup') => join(root, `${name}-${++made}`)
const open = (directory: string) => connect({ directory, unlock: async () => PASSPHRASE })

async function backedUp(party: Party): Promise<string> {
  const file = fresh()
  await party.desk.backup({ file })
  return file
}

async function referred(): Promise<{ mine: Thread; theirs: Thread }> {
  const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  return { mine, theirs: (await next(ngo.desk, referralOf(mine.id))).thread }
}

/** Restores a desk in another directory, as if the previous desk were lost. */
async function restored(party: Party, backup: string, more: { erased?: string } = {}): Promise<void> {
  await party.desk[Symbol.asyncDispose]()
  const { token } = await party.gateway.createToken()
  const directory = join(fresh('machine'), 'desk')
  await restoreDesk({ directory, backup, passphrase: PASSPHRASE, token, ...more })
  rmSync(desk(party), { recursive: true })
  renameSync(directory, desk(party))
  party.desk = await open(desk(party))
}

const states = async (thread: Thread) => (await thread.view()).delivery.map(({ state }) => state)

test('REX-THR-076 a backup contains everything except the rotating keys, and both credentials open it', async () => {
  const { theirs } = await referred()
  await theirs.accept({ reference: 'N-5' })
  writeFileSync(join(desk(ngo), 'retention.json'), '{ "*": { "keepAfterEnd": "2y" } }')
  const file = await backedUp(ngo)
  const report = await verifyBackup({ file, passphrase: PASSPHRASE })
  expect(report).toMatchObject({
    organisation: ngo.id,
    name: 'ngo (test)',
    referrals: 1,
    messages: 2,
    erased: 0,
    unreadable: 0,
  })
  const into = fresh('unpacked')
  mkdirSync(into)
  await unpackBackup(file, { passphrase: PASSPHRASE }, { into })
  expect(readdirSync(into).sort()).toEqual(['desk-keys.db', 'desk.db', 'keystore.json', 'retention.json'])
  expect(readFileSync(join(into, 'keystore.json'), 'utf8')).toBe(await readKeystore(desk(ngo)))
  await expect(verifyBackup({ file, passphrase: 'another one entirely' })).rejects.toMatchObject({
    reason: 'UNLOCK_FAILED',
  })
  rmSync(join(desk(ngo), 'retention.json'))
})

test('REX-DLV-173 the backup of a desk that keeps sending contains everything acknowledged before, and its store is unharmed', async () => {
  const sent: string[] = []
  const send = async () =>
    sent.push((await hotline.desk.send(example('content-verification'), { to: ngo.id })).id)
  for (let i = 0; i < 5; i++) await send()
  let isDone = false
  const sending = (async () => {
    for (let i = 0; i < MOST && !isDone; i++) await send()
  })()
  const before = sent.length
  const file = fresh()
  await hotline.desk.backup({ file }).finally(() => {
    isDone = true
  })
  await sending
  const other = fresh()
  await backupDesk({ directory: desk(hotline), passphrase: PASSPHRASE, file: other })
  for (const store of ['desk.db', 'desk-keys.db'])
    expect(isLockedForOthers(join(desk(hotline), store)), store).toBe(true)
  const { referrals, unreadable } = await verifyBackup({ file, passphrase: PASSPHRASE })
  expect([referrals >= before, unreadable]).toEqual([true, 0])
  const later = await verifyBackup({ file: other, passphrase: PASSPHRASE })
  expect([later.referrals >= sent.length, later.unreadable]).toEqual([true, 0])
})

test('REX-THR-028 a desk is restored on another machine, and receives mail from partners', async () => {
  const { mine, theirs } = await referred()
  const file = await backedUp(ngo)
  await theirs.accept({ reference: 'N-6' })
  await next(hotline.desk, eventOf(mine.id, 'accept'))
  const late = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  await restored(ngo, file)
  await next(ngo.desk, referralOf(late.id))
  const after = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  await next(ngo.desk, referralOf(after.id))
  await expect.poll(async () => await states(after)).toEqual(['received'])
})

test.each([
  ['before the keys are copied', 1],
  ['before the list is copied', 2],
])('T-155 REX-THR-073 a thread erased %s stays erased after a restore', async (_, at) => {
  const { theirs } = await referred()
  const { theirs: other } = await referred()
  const keystore = await readKeystore(desk(ngo))
  const opened = await unlockKeystore(keystore, { passphrase: PASSPHRASE })
  const file = fresh()
  const about = { organisation: ngo.id, createdMs: Date.now() }
  const options = { kind: 'desk', key: opened.keyFor(PURPOSE), wrapped: keystore, about } as const
  await writeBackup(file, options, async (backup) => {
    for (const [i, add] of partsOf({ directory: desk(ngo) }).entries()) {
      if (i === at) await theirs.erase({ reason: 'request', force: true })
      await add(backup)
    }
  })
  const { erased, unreadable } = await verifyBackup({ file, passphrase: PASSPHRASE })
  expect([erased > 0, unreadable]).toEqual([true, 0])
  await restored(ngo, file)
  expect(await (await ngo.desk.thread(other.id)).view()).toMatchObject({ state: 'requested' })
  await expect((await ngo.desk.thread(theirs.id)).view()).rejects.toMatchObject({ reason: 'ERASED' })
})

test('T-155 REX-THR-073 threads erased after the backup are erased again only if a newer list is given', async () => {
  const { theirs } = await referred()
  const file = await backedUp(ngo)
  await theirs.erase({ reason: 'request', force: true })
  const list = fresh('list')
  copyFileSync(join(desk(ngo), 'desk.db.erased'), list)
  await restored(ngo, file, { erased: list })
  await expect((await ngo.desk.thread(theirs.id)).view()).rejects.toMatchObject({ reason: 'ERASED' })
  expect((await ngo.desk.erased()).map(({ id }) => id)).toContain(theirs.id)
  await restored(ngo, file)
  expect(await (await ngo.desk.thread(theirs.id)).view()).toMatchObject({ state: 'requested' })
  writeFileSync(list, 'another file\n')
  const { token } = await ngo.gateway.createToken()
  const wrong = restoreDesk({ directory: fresh(), backup: file, erased: list, passphrase: PASSPHRASE, token })
  await expect(wrong).rejects.toMatchObject({ reason: 'CONFIG_INVALID' })
})

test('T-155 REX-THR-073 a newer list with a damaged line is refused, because the thread on that line would come back', async () => {
  for (const { theirs } of [await referred(), await referred()])
    await theirs.erase({ reason: 'request', force: true })
  const file = await backedUp(ngo)
  const whole = readFileSync(join(desk(ngo), 'desk.db.erased'), 'latin1')
  const [first = '', second = ''] = whole.split('\n')
  const [list, into] = [fresh('list'), fresh('unpacked')]
  mkdirSync(into)
  for (const [damaged, line] of [
    [whole.slice(0, -1), whole.split('\n').length - 1],
    [`${first}\n${second.slice(0, 40)}`, 2],
    [second.slice(0, 40), 1],
    [`${first}\n\0${whole.slice(first.length + 2)}`, 2],
    [`${first.slice(0, 40)}${second}\n`, 1],
    [`${first.replace(/request/, 'anxious')}\n${second}\n`, 1],
    [`${whole}\n`, whole.split('\n').length],
  ] as const) {
    writeFileSync(list, damaged, 'latin1')
    const unpacked = unpackBackup(file, { passphrase: PASSPHRASE }, { into, erased: list })
    await expect(unpacked, damaged).rejects.toMatchObject({
      reason: 'CONFIG_INVALID',
      message: expect.stringContaining(`line ${line} is damaged`),
      hint: expect.stringContaining('rex-desk erase'),
    })
    expect(readdirSync(into)).toEqual([])
  }
  writeFileSync(list, whole)
  await unpackBackup(file, { passphrase: PASSPHRASE }, { into, erased: list })
  expect(readFileSync(join(into, 'desk.db.erased'), 'latin1')).toBe(whole)
})

test('a restore that fails leaves nothing, and can be repeated; it never replaces a desk', async () => {
  const file = await backedUp(ngo)
  const directory = fresh('machine')
  const { token } = await ngo.gateway.createToken()
  const theirs = await hotline.gateway.createToken()
  const whole = { directory, backup: file, passphrase: PASSPHRASE, token }
  const cut = fresh('cut')
  writeFileSync(cut, readFileSync(file).subarray(0, -1))
  for (const [options, reason] of [
    [{ ...whole, backup: cut }, 'MALFORMED'],
    [{ ...whole, passphrase: 'another one entirely' }, 'UNLOCK_FAILED'],
    [{ ...whole, token: theirs.token }, 'PEER_MISMATCH'],
    [{ directory, backup: file, passphrase: PASSPHRASE }, 'TOKEN_INVALID'],
    [{ ...whole, directory: desk(ngo) }, 'ALREADY_EXISTS'],
  ] as const) {
    await expect(restoreDesk(options), reason).rejects.toMatchObject({ reason })
    expect([existsSync(directory), existsSync(`${directory}.restoring`)]).toEqual([false, false])
  }
  await ngo.desk[Symbol.asyncDispose]()
  await restoreDesk(whole)
  expect(readdirSync(directory)).toContain('current.json')
  await open(directory).then((again) => again[Symbol.asyncDispose]())
  await restored(ngo, file)
})

/** Starts a script of this folder as a process, with the sources of the project. */
function running(script: string): ChildProcess {
  const path = fresh('script')
  writeFileSync(`${path}.ts`, script)
  return fork(`${path}.ts`, { execArgv: ['--conditions=@rex/source'], stdio: 'inherit' })
}

const source = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)))

test('a killed restore leaves no desk, and the next restore succeeds', async () => {
  const file = await backedUp(ngo)
  const directory = fresh('machine')
  const { token } = await ngo.gateway.createToken()
  const options = JSON.stringify({ directory, backup: file, passphrase: PASSPHRASE, token })
  const begun = Promise.withResolvers<void>()
  const watcher = watch(root, (_, name) => {
    if (name === `${basename(directory)}.restoring`) begun.resolve()
  })
  const child = running(`
    const { restoreDesk } = await import(${source('../recovery/restore.ts')})
    await restoreDesk(${options})`)
  const ended = once(child, 'exit')
  await begun.promise
  child.kill('SIGKILL')
  await ended
  watcher.close()
  expect(existsSync(directory)).toBe(false)
  await ngo.desk[Symbol.asyncDispose]()
  const { token: again } = await ngo.gateway.createToken()
  await restoreDesk({ directory, backup: file, passphrase: PASSPHRASE, token: again })
  expect(existsSync(`${directory}.restoring`)).toBe(false)
  await open(directory).then((opened) => opened[Symbol.asyncDispose]())
  await restored(ngo, file)
})

test('another process makes a backup while the desk sends', async () => {
  const file = fresh()
  const options = JSON.stringify({ directory: desk(hotline), passphrase: PASSPHRASE, file })
  let isDone = false
  const child = running(`
    const { backupDesk } = await import(${source('./write.ts')})
    await backupDesk(${options})`)
  const ended = once(child, 'exit').finally(() => {
    isDone = true
  })
  for (let i = 0; i < MOST && !isDone; i++)
    await hotline.desk.send(example('content-verification'), { to: ngo.id })
  expect(await ended).toEqual([0, null])
  expect(await verifyBackup({ file, passphrase: PASSPHRASE })).toMatchObject({ unreadable: 0 })
})

test('closing the desk cancels its backup, and no file is left', async () => {
  const file = fresh()
  const backup = hotline.desk.backup({ file })
  const refused = expect(backup).rejects.toMatchObject({ reason: 'CANCELLED' })
  await hotline.desk[Symbol.asyncDispose]()
  await refused
  expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false])
  hotline.desk = await open(desk(hotline))
})

test('a passphrase changed while the desk is open opens its next backup', async () => {
  await replaceKeystore(desk(hotline), { passphrase: PASSPHRASE }, (opened) =>
    wrapAgain(opened, 'quite another passphrase'),
  )
  const file = await backedUp(hotline)
  expect(await verifyBackup({ file, passphrase: 'quite another passphrase' })).toMatchObject({
    unreadable: 0,
  })
  await replaceKeystore(desk(hotline), { passphrase: 'quite another passphrase' }, (opened) =>
    wrapAgain(opened, PASSPHRASE),
  )
})

test('a desk whose keystore was re-encrypted while it is open refuses a backup; another process or the reopened desk makes it', async () => {
  const [kit, passphrase] = [randomBytes(32), 'rowboat glacier pumpkin violet']
  const seal = (given: string) =>
    replaceKeystore(desk(hotline), { passphrase: given }, ({ founding }) =>
      sealKeystore(founding, { passphrase: PASSPHRASE, kit }),
    )
  await seal(PASSPHRASE)
  await recoverDesk({ directory: desk(hotline), kit: kitWords(kit), passphrase })
  await expect(backedUp(hotline)).rejects.toMatchObject({
    reason: 'UNLOCK_FAILED',
    message: 'The keystore was encrypted again while this desk was open.',
    hint: expect.stringContaining('open it again'),
  })
  await backupDesk({ directory: desk(hotline), passphrase, file: fresh() })
  await seal(passphrase)
  await hotline.desk[Symbol.asyncDispose]()
  hotline.desk = await open(desk(hotline))
  await backedUp(hotline)
})
