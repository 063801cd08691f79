import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { toHex } from '../../core/encoding/encoding.ts'
import { initDesk } from '../init.ts'
import { changePassphrase } from './access.ts'
import { NEW_COST } from './key-derivation.ts'
import { hasKeystore, type Keys, openKeystore, writeKeystore } from './keystore.ts'
import { replaceMessageKey } from './replacing/message-keys.ts'
import { writeRotatingKeys } from './rotating-keys.ts'
import { commandUnlock, credentialUnlock, fileUnlock } from './unlock.ts'

let directory: string
const keys: Keys = {
  organisation: 'https://ngo.example',
  name: 'NGO (test)',
  gateways: ['127.0.0.1:4433', 'gateway.ngo.example:443'],
  entitySeed: randomBytes(32),
  messageSeed: randomBytes(32),
  messageKeyMs: 1_700_000_000_000,
  epochs: { epoch: 2900, seed: randomBytes(32) },
  archiveKey: randomBytes(32),
  chain: randomBytes(16),
  tls: { privateKey: 'PEM', certificate: randomBytes(900), authority: randomBytes(900) },
}
const NEW = 'another quiet river at noon'
const file = () => join(directory, 'keystore.json')
const currentFile = () => join(directory, 'current.json')

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-keystore-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('keystore', () => {
  test('returns what was written, only for the right passphrase', async () => {
    expect(await hasKeystore(directory)).toBe(false)
    await writeKeystore(directory, keys, 'secret')
    const opened = await openKeystore(directory, 'secret')
    expect(opened.tls.privateKey).toBe('PEM')
    expect(Buffer.from(opened.entitySeed).equals(keys.entitySeed)).toBe(true)
    expect(Buffer.from(opened.epochs.seed).equals(keys.epochs.seed)).toBe(true)
    await expect(openKeystore(directory, 'Secret')).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
  })
  test('contains no unencrypted key, and only its owner can read it', async () => {
    await writeKeystore(directory, keys, 'secret')
    const bytes = Buffer.concat([readFileSync(file()), readFileSync(currentFile())])
    for (const secret of [keys.entitySeed, keys.messageSeed, keys.archiveKey, keys.epochs.seed]) {
      expect(bytes.includes(Buffer.from(secret))).toBe(false)
      expect(bytes.includes(Buffer.from(secret).toString('base64url'))).toBe(false)
    }
    expect([file(), currentFile()].map((path) => statSync(path).mode & 0o077)).toEqual([0, 0])
  })
  test('T-087 a readable, torn, damaged or missing file is refused and never replaced', async () => {
    await expect(openKeystore(directory, 'secret')).rejects.toMatchObject({ reason: 'NOT_FOUND' })
    await writeKeystore(directory, keys, 'secret')
    const whole = readFileSync(file(), 'utf8')
    chmodSync(file(), 0o644)
    await expect(openKeystore(directory, 'secret')).rejects.toMatchObject({ reason: 'STORE_FAILED' })
    chmodSync(file(), 0o600)
    writeFileSync(file(), whole.slice(0, whole.length / 2))
    await expect(openKeystore(directory, 'secret')).rejects.toMatchObject({ reason: 'STORE_FAILED' })
  })
  test('states the cost of key derivation, and does not open if the cost is out of bounds', async () => {
    await writeKeystore(directory, keys, 'secret')
    const stated = JSON.parse(readFileSync(file(), 'utf8'))
    const { passphrase } = stated
    expect(passphrase).toMatchObject({ kdf: 'argon2id', ...NEW_COST })
    const real = await vi.importActual<typeof import('./key-derivation.ts')>('./key-derivation.ts')
    expect(real.NEW_COST).toEqual({ memory: 65_536, passes: 3, parallelism: 4 })
    const openedWith = (change: object) => {
      writeFileSync(file(), JSON.stringify({ ...stated, passphrase: { ...passphrase, ...change } }))
      return openKeystore(directory, 'secret')
    }
    for (const change of [{ memory: 1_048_577 }, { passes: 17 }, { parallelism: 0 }, { memory: undefined }])
      await expect(openedWith(change)).rejects.toMatchObject({ reason: 'STORE_FAILED' })
    await expect(openedWith({ passes: 2 })).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
  })
  test('the passphrase can be changed', async () => {
    await writeKeystore(directory, keys, 'old')
    await changePassphrase(directory, { from: 'old', to: NEW })
    await expect(openKeystore(directory, 'old')).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
    expect((await openKeystore(directory, NEW)).organisation).toBe(keys.organisation)
  })
  test('T-087 the remains of an interrupted write are never opened, and are removed', async () => {
    await writeKeystore(directory, keys, 'old')
    writeFileSync(`${file()}.new`, '{"version": 2, "sal', { mode: 0o644 })
    expect((await openKeystore(directory, 'old')).organisation).toBe(keys.organisation)
    await changePassphrase(directory, { from: 'old', to: NEW })
    expect(statSync(file()).mode & 0o077).toBe(0)
    expect((await openKeystore(directory, NEW)).organisation).toBe(keys.organisation)
  })
})

describe('current keys', () => {
  test('change without the passphrase, and survive a change of the passphrase', async () => {
    await writeKeystore(directory, keys, 'old')
    const epochs = { epoch: 2901, seed: randomBytes(32) }
    const resumes = { previousChain: randomBytes(16) }
    await writeRotatingKeys(directory, { ...keys, epochs, resumes }, keys.archiveKey)
    await changePassphrase(directory, { from: 'old', to: NEW })
    const opened = await openKeystore(directory, NEW)
    expect(opened.epochs.epoch).toBe(2901)
    expect(Buffer.from(opened.epochs.seed).equals(epochs.seed)).toBe(true)
    expect(toHex(opened.resumes?.previousChain ?? new Uint8Array())).toBe(toHex(resumes.previousChain))
  })
  test('T-087 are refused with a remedy if missing or damaged, and never replaced', async () => {
    await writeKeystore(directory, keys, 'secret')
    writeFileSync(currentFile(), '{"version": 2, "sealed": 7}')
    await expect(openKeystore(directory, 'secret')).rejects.toMatchObject({ reason: 'STORE_FAILED' })
    for (const version of [1, 3]) {
      writeFileSync(currentFile(), `{"version": ${version}, "sealed": "AA"}`)
      await expect(openKeystore(directory, 'secret')).rejects.toMatchObject({
        reason: 'STORE_TOO_NEW',
        message: expect.stringContaining(`format ${version}`),
      })
    }
    rmSync(currentFile())
    await expect(openKeystore(directory, 'secret')).rejects.toMatchObject({
      reason: 'NOT_FOUND',
      hint: expect.stringContaining('rex-desk restore'),
    })
  })
  test('T-105 do not remain in free space when replaced', async () => {
    await writeKeystore(directory, keys, 'secret')
    const before = openSync(currentFile(), 'r')
    await writeRotatingKeys(directory, keys, keys.archiveKey)
    const left = readFileSync(before)
    closeSync(before)
    expect([left.length > 0, left.every((byte) => byte === 0)]).toEqual([true, true])
  })
})

describe('T-119 ways to unlock', () => {
  test('the first line of a file, of a command, of a credential', async () => {
    const path = join(directory, 'passphrase')
    writeFileSync(path, 'from a file\nsecond line\n')
    expect(await fileUnlock(path)()).toBe('from a file')
    expect(await commandUnlock('printf', ['from a command\n'])()).toBe('from a command')
    process.env.CREDENTIALS_DIRECTORY = directory
    expect(await credentialUnlock('passphrase')()).toBe('from a file')
    delete process.env.CREDENTIALS_DIRECTORY
  })
  test('an absent secret is UNLOCK_FAILED', async () => {
    writeFileSync(join(directory, 'empty'), '\n')
    for (const unlock of [
      fileUnlock(join(directory, 'missing')),
      fileUnlock(join(directory, 'empty')),
      commandUnlock('false'),
    ]) {
      await expect(unlock()).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
    }
    expect(() => credentialUnlock('passphrase')()).toThrow(
      expect.objectContaining({ reason: 'UNLOCK_FAILED' }),
    )
  })
})

test('T-143 a keystore opens with its passphrase in either Unicode form, and an unreadable name is refused before the token is used', async () => {
  const composed = 'Gr\u00fc\u00dfe aus K\u00f6ln'
  await writeKeystore(directory, keys, composed.normalize('NFD'))
  expect(toHex((await openKeystore(directory, composed)).entitySeed)).toBe(toHex(keys.entitySeed))
  expect((await openKeystore(directory, composed.normalize('NFD'))).name).toBe(keys.name)
  await expect(openKeystore(directory, 'two\nlines')).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
  const made = { directory: join(directory, 'new'), token: 'no token', passphrase: composed }
  await expect(initDesk({ ...made, name: 'x'.repeat(201) })).rejects.toMatchObject({ path: 'name' })
  await expect(initDesk({ ...made, name: 'x', passphrase: 'a\nb' })).rejects.toMatchObject({
    reason: 'UNLOCK_FAILED',
  })
  expect(await hasKeystore(made.directory)).toBe(false)
})

test('REX-ID-072 revoked keys can be read, however many there are; the last 32 are kept', async () => {
  let changed = keys
  const revoked = { reason: 'compromised', atMs: keys.messageKeyMs } as const
  const change = { now: keys.messageKeyMs, revoked, expiresMs: keys.messageKeyMs * 2 }
  for (let i = 0; i < 1100; i++) changed = replaceMessageKey(changed, change)
  await writeKeystore(directory, keys, 'secret')
  await writeRotatingKeys(directory, changed, keys.archiveKey)
  const read = await openKeystore(directory, 'secret')
  expect(read.revoked).toEqual(changed.revoked)
  expect(read.revoked).toHaveLength(32)
})
