// Tests of backups of a running gateway: their contents, who can open them, and the restored gateway.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { RotatedKey } from '@rex/proto/admin/v1/admin'
import { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import { writeBackup } from '@rex/sdk/backup'
import { kitWords } from '@rex/sdk/core'
import { createClient, openLocalChannel } from '@rex/sdk/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../config/config.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { initGateway } from '../init.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { backupGateway, verifyGatewayBackup } from './backup.ts'
import { SMALL } from './contents.ts'
import { makeKit, readBackupKey } from './kit.ts'
import { restoreBackup } from './restore.ts'
import { readSmall } from './small.ts'

const root = mkdtempSync(join(tmpdir(), 'rex-gateway-backup-'))
const directory = join(root, 'gateway')
const organisation = 'https://hotline.example'
let gateway: Gateway
let words = ''
let made = 0
const fresh = (name = 'backup') => join(root, `${name}-${++made}`)

beforeAll(async () => {
  await initGateway({ directory, organisation, listen: '127.0.0.1:0' })
  gateway = await startGateway(await readConfig(directory))
})
afterAll(async () => {
  await gateway.drain()
  rmSync(root, { recursive: true, force: true })
})

async function backedUp(): Promise<string> {
  const file = fresh()
  await backupGateway({ directory, file })
  return file
}

const keysOf = (at: string) =>
  Object.fromEntries(
    readdirSync(join(at, 'keys')).map((name) => [name, readFileSync(join(at, 'keys', name), 'utf8')]),
  )

test('T-087 a backup needs a recovery kit, since nothing else could open it; there is only one kit', async () => {
  await expect(backedUp()).rejects.toMatchObject({
    reason: 'NOT_FOUND',
    hint: expect.stringContaining('rex-gateway kit'),
  })
  const config = await readConfig(directory)
  const failing = makeKit(config, { keep: () => Promise.reject(new Error('no paper')) })
  await expect(failing).rejects.toThrow('no paper')
  await makeKit(config, {
    async keep(its) {
      words = its.join(' ')
    },
  })
  expect([words.split(' ').length, words]).toEqual([24, kitWords(await readBackupKey(config)).join(' ')])
  await expect(makeKit(config, { async keep() {} })).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' })
  expect(statSync(join(directory, 'keys/backup.key')).mode & 0o777).toBe(0o600)
})

/**
 * Script for another process that opens the store. In this process, SQLite would refuse even if the gateway
 * held no file lock.
 */
const LOCK = `
  const { DatabaseSync } = require('node:sqlite')
  try {
    new DatabaseSync(process.argv[1], { timeout: 0 }).exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE')
  } catch (error) {
    process.stdout.write(error.message)
  }
  process.kill(process.pid, 'SIGKILL')`

async function isLocked(store: string): Promise<boolean> {
  const child = spawn(process.execPath, ['--no-warnings', '-e', LOCK, store], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return (await text(child.stdout)) === 'database is locked'
}

test('REX-DLV-173 a running gateway is backed up and continues with its store', async () => {
  const tokens = Promise.all(Array.from({ length: 40 }, () => gateway.createToken('a desk')))
  const file = await backedUp()
  await tokens
  expect(await isLocked(join(directory, 'store.sqlite'))).toBe(true)
  const found = await verifyGatewayBackup({ file, kit: words })
  expect(found).toMatchObject({ organisation, mailbox: 0, outbox: 0, bytes: statSync(file).size })
  const bytes = readFileSync(file)
  for (const key of Object.values(keysOf(directory))) expect(bytes.includes(key.slice(0, 40))).toBe(false)
  expect([bytes.includes('hotline'), statSync(file).mode & 0o777]).toEqual([false, 0o600])
})

test('a gateway is restored on another machine, with its keys and a new incarnation', async () => {
  const { token } = await gateway.createToken('kept')
  const file = await backedUp()
  const machine = join(fresh('machine'), 'gateway')
  expect(await restoreBackup(machine, { file, kit: words.toUpperCase() })).toMatchObject({ organisation })
  expect(keysOf(machine)).toEqual(keysOf(directory))
  const [before, after] = [await incarnationOf(directory, gateway.drain), await incarnationOf(machine)]
  expect(after).not.toEqual(before)
  gateway = await startGateway(await readConfig(machine))
  expect(await gateway.createToken()).toMatchObject({ token: expect.not.stringContaining(token) })
  await gateway.drain()
  gateway = await startGateway(await readConfig(directory))
})

/** Returns the incarnation of a stopped gateway. */
async function incarnationOf(at: string, stop: () => Promise<void> = async () => {}): Promise<unknown> {
  await stop()
  await using store = openSqliteStore(join(at, 'store.sqlite'))
  return store.read.incarnations.own()
}

test('a failed restore leaves no files, and no restore replaces a gateway', async () => {
  const file = await backedUp()
  const bytes = readFileSync(file)
  const cut = fresh('cut')
  writeFileSync(cut, bytes.subarray(0, bytes.length - 20))
  const machine = fresh('machine')
  const other = kitWords(new Uint8Array(32)).join(' ')
  for (const [options, reason] of [
    [{ file: cut, kit: words }, 'MALFORMED'],
    [{ file, kit: other }, 'UNLOCK_FAILED'],
    [{ file, kit: 'abandon' }, 'UNLOCK_FAILED'],
  ] as const) {
    await expect(restoreBackup(machine, options)).rejects.toMatchObject({ reason })
    await expect(verifyGatewayBackup(options)).rejects.toMatchObject({ reason })
    expect([existsSync(machine), existsSync(`${machine}.restoring`)]).toEqual([false, false])
  }
  await expect(restoreBackup(directory, { file, kit: words })).rejects.toMatchObject({
    reason: 'ALREADY_EXISTS',
  })
})

/** Replaces the key of the gateway's certificate. Returns the files of key and certificate from before and after the change. */
async function certificateFiles() {
  const files = ['gateway.key', 'gateway.pem'].map((name) => join(directory, 'keys', name))
  const before = files.map((file) => readFileSync(file))
  const channel = openLocalChannel(gateway.adminSocket)
  await createClient(AdminServiceDefinition, channel)
    .rotate({ key: RotatedKey.CERTIFICATE, anyway: false })
    .finally(() => channel.close())
  const after = files.map((file) => readFileSync(file))
  const put = (contents: readonly Buffer[]) => {
    for (const [i, file] of files.entries()) writeFileSync(file, contents[i] as Buffer)
  }
  return { before, after, put }
}

test('REX-DLV-173 mismatched keys are not backed up, and an earlier backup is kept', async () => {
  const { before, after, put } = await certificateFiles()
  const file = await backedUp()
  const earlier = readFileSync(file)
  put([after[0] as Buffer, before[1] as Buffer])
  await expect(backupGateway({ directory, file, overwrite: true })).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    hint: expect.stringContaining('repeat the command'),
  })
  expect(readFileSync(file)).toEqual(earlier)
  put(after)
  await backupGateway({ directory, file, overwrite: true })
  expect(await verifyGatewayBackup({ file, kit: words })).toMatchObject({ organisation })
})

test('REX-DLV-173 a key of the certificate that is replaced while the files are read is read again', async () => {
  const { before, after, put } = await certificateFiles()
  put(before)
  const small = await readSmall(organisation, async (name) => {
    // Replace the files now: the certificate has been read, and its key will be read next.
    if (name.endsWith('gateway.key')) put(after)
    return readFileSync(join(directory, name), 'utf8')
  })
  expect(small.get('keys/gateway.key')).toBe(String(after[0]))
  expect(small.get('keys/gateway.pem')).toBe(String(after[1]))
})

test('the check of a backup names mismatched keys', async () => {
  const key = await readBackupKey(await readConfig(directory))
  const [file, about] = [fresh(), { organisation, createdMs: 0 }]
  await writeBackup(file, { kind: 'gateway', key, wrapped: 'recovery kit', about }, async (backup) => {
    for (const name of SMALL)
      await backup.file(
        name,
        name.endsWith('receipt.key') ? Buffer.from('x') : readFileSync(join(directory, name)),
      )
    await backup.database('store.sqlite', join(directory, 'store.sqlite'))
  })
  await expect(verifyGatewayBackup({ file, kit: key })).rejects.toMatchObject({ reason: 'MALFORMED' })
})
