// Tests of access to a desk: the passphrase, the recovery kit, and how they are changed. docs/guide/desk.md, "Passphrase and recovery kit"
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toHex } from '../../core/encoding/encoding.ts'
import { connect } from '../connect.ts'
import { changePassphrase, recoverDesk, replaceKit } from './access.ts'
import { NEW_COST } from './key-derivation.ts'
import { type Credential, openFounding, readKeystore, unlockKeystore, writeFounding } from './keystore.ts'
import { decodeFile, encodeFile } from './keystore-file/file.ts'
import { unlock, wrapAgain } from './keystore-file/seal.ts'

const OLD = 'correct horse battery staple'
const NEW = 'another quiet river at noon'
const keys = {
  organisation: 'https://ngo.example',
  name: 'NGO (test)',
  entitySeed: randomBytes(32),
  messageSeed: randomBytes(32),
  messageKeyMs: 1_700_000_000_000,
  archiveKey: randomBytes(32),
}
let directory: string
let kit: string[]
const path = () => join(directory, 'keystore.json')
const bytes = () => readFileSync(path(), 'utf8')

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rex-access-'))
  kit = await writeFounding(directory, keys, OLD)
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Opens a keystore. Returns `open` if the keys are right, otherwise the reason for the failure. */
const outcome = (credential: Credential, file = bytes()) =>
  unlockKeystore(file, credential).then(
    ({ founding }) => (toHex(founding.archiveKey) === toHex(keys.archiveKey) ? 'open' : 'other keys'),
    (error: { reason: string }) => error.reason,
  )
const outcomes = (...credentials: Credential[]) => Promise.all(credentials.map((one) => outcome(one)))
/** Replaces the kit and returns the new kit. */
async function renewed(passphrase = OLD): Promise<string[]> {
  const given: string[][] = []
  await replaceKit({ directory, passphrase, keep: (words) => void given.push(words) })
  return given[0] as string[]
}

describe('the recovery kit', () => {
  test('sets a new passphrase in place of a lost one, and remains valid', async () => {
    const before = JSON.parse(bytes())
    const typed = kit.map((word, i) => `${i + 1}. ${word.slice(0, 4).toUpperCase()}`).join('\n')
    expect(await recoverDesk({ directory, kit: typed, passphrase: NEW })).toEqual({
      organisation: keys.organisation,
    })
    expect(await outcomes({ passphrase: NEW }, { kit }, { passphrase: OLD })).toEqual([
      'open',
      'open',
      'UNLOCK_FAILED',
    ])
    const restored = JSON.stringify({ ...JSON.parse(bytes()), passphrase: before.passphrase })
    expect(await outcome({ passphrase: OLD }, restored)).toBe('UNLOCK_FAILED')
  })
  test('is refused if it is of another desk, mistyped or used with a weak passphrase, and nothing changes', async () => {
    const before = bytes()
    const cases: [Parameters<typeof recoverDesk>[0], object][] = [
      [
        { directory, kit: kit.with(4, 'nowhere'), passphrase: NEW },
        { message: 'Word 5 is not in the list of words.' },
      ],
      [{ directory, kit: kit.slice(1), passphrase: NEW }, { reason: 'UNLOCK_FAILED' }],
      [{ directory, kit: otherKit(), passphrase: NEW }, { reason: 'UNLOCK_FAILED' }],
      [{ directory, kit, passphrase: 'passphrase' }, { reason: 'CONFIG_INVALID' }],
      [{ directory, kit, passphrase: '' }, { reason: 'UNLOCK_FAILED' }],
      [{ directory: join(directory, 'none'), kit, passphrase: NEW }, { reason: 'NOT_FOUND' }],
    ]
    for (const [options, refusal] of cases) await expect(recoverDesk(options)).rejects.toMatchObject(refusal)
    expect(bytes()).toBe(before)
  })
  test('stays valid when the passphrase changes', async () => {
    await changePassphrase(directory, { from: OLD, to: NEW })
    expect(await outcomes({ passphrase: NEW }, { kit }, { passphrase: OLD })).toEqual([
      'open',
      'open',
      'UNLOCK_FAILED',
    ])
  })
  test('opens nothing once it is replaced, even if its old wrap is put back', async () => {
    const before = JSON.parse(bytes())
    const next = await renewed()
    expect(await outcomes({ kit: next }, { passphrase: OLD }, { kit })).toEqual([
      'open',
      'open',
      'UNLOCK_FAILED',
    ])
    const after = JSON.parse(bytes())
    for (const back of [{ kit: before.kit }, { kit: before.kit, id: before.id }])
      expect(await outcome({ kit }, JSON.stringify({ ...after, ...back }))).not.toBe('open')
  })
  test('is replaced only with the passphrase', async () => {
    const before = bytes()
    await expect(renewed(NEW)).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
    expect(bytes()).toBe(before)
  })
  test('remains valid until the new kit is stored', async () => {
    const before = bytes()
    const failing = replaceKit({
      directory,
      passphrase: OLD,
      async keep(next) {
        expect(await outcomes({ kit }, { kit: next })).toEqual(['open', 'UNLOCK_FAILED'])
        throw new Error('The printer is out of paper.')
      },
    })
    await expect(failing).rejects.toThrow('out of paper')
    expect(bytes()).toBe(before)
  })
})

/** Returns a kit that belongs to no desk. */
function otherKit(): string {
  return 'hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length'
}

/** Every operation that replaces the keystore file. Each returns the credentials that open the file afterwards. */
const changes: Record<string, () => Promise<Credential[]>> = {
  'the passphrase': async () => {
    await changePassphrase(directory, { from: OLD, to: NEW })
    return [{ passphrase: NEW }, { kit }]
  },
  'a lost passphrase': async () => {
    await recoverDesk({ directory, kit, passphrase: NEW })
    return [{ passphrase: NEW }, { kit }]
  },
  'the kit': async () => [{ kit: await renewed() }, { passphrase: OLD }],
  'the cost': async () => {
    await openFounding(directory, OLD)
    return [{ kit }, { passphrase: OLD }]
  },
}

describe.each(Object.entries(changes))('T-087 changing %s', (_, change) => {
  test('a process that ends during a write leaves the old keystore, and the next run succeeds', async () => {
    await lowerCost()
    const before = bytes()
    const replaced = openSync(path(), 'r')
    const after = await change()
    const written = bytes()
    expect(written).not.toBe(before)
    expect(readFileSync(replaced).every((byte) => byte === 0)).toBe(true)
    for (const length of [0, 1, written.length >> 1, written.length - 1, written.length]) {
      writeFileSync(path(), before)
      writeFileSync(`${path()}.new`, written.slice(0, length))
      expect(await outcomes({ passphrase: OLD }, { kit })).toEqual(['open', 'open'])
    }
    expect(await outcomes(...(await change()))).toEqual(['open', 'open'])
    writeFileSync(path(), written)
    expect(await outcomes(...after)).toEqual(['open', 'open'])
  })
})

test('of concurrent commands that change the keystore, the refused ones change nothing', async () => {
  const passphrases = Array.from({ length: 6 }, (_, i) => `${NEW} number ${i}`)
  const settled = await Promise.allSettled(
    passphrases.map((to) => changePassphrase(directory, { from: OLD, to })),
  )
  const opening = await outcomes(...passphrases.map((passphrase) => ({ passphrase })))
  expect(opening).toEqual(settled.map(({ status }) => (status === 'fulfilled' ? 'open' : 'UNLOCK_FAILED')))
  expect(opening.filter((one) => one === 'open')).toHaveLength(1)
  // If an operation starts only after another one has succeeded, the passphrase has changed, and the operation fails
  // with UNLOCK_FAILED.
  for (const one of settled)
    if (one.status === 'rejected') expect(['STORE_IN_USE', 'UNLOCK_FAILED']).toContain(one.reason.reason)
  expect(await outcome({ kit })).toBe('open')
})

/** Writes the keystore with a lower cost, as an earlier version would have. */
async function lowerCost(cost = { memory: 128, passes: 1, parallelism: 1 }): Promise<void> {
  const opened = await unlock(decodeFile(bytes()), { passphrase: OLD })
  writeFileSync(path(), encodeFile(await wrapAgain(opened, OLD, cost)), { mode: 0o600 })
}

describe('the cost of the key derivation', () => {
  test('is raised by the next unlock, with the same passphrase and kit', async () => {
    await lowerCost()
    const before = JSON.parse(bytes())
    await openFounding(directory, OLD)
    const after = JSON.parse(bytes())
    expect(after).toEqual({ ...before, passphrase: { ...after.passphrase, ...NEW_COST } })
    expect(await outcomes({ passphrase: OLD }, { kit })).toEqual(['open', 'open'])
    await openFounding(directory, OLD)
    expect(JSON.parse(bytes())).toEqual(after)
  })
  test('is raised when a desk is opened, even if opening fails', async () => {
    await lowerCost()
    // The directory has a keystore but no rotating keys.
    await expect(connect({ directory, unlock: async () => OLD })).rejects.toMatchObject({
      reason: 'NOT_FOUND',
    })
    expect(JSON.parse(bytes()).passphrase).toMatchObject({ memory: NEW_COST.memory })
  })
  test('is never lowered, and a kit does not raise it', async () => {
    await lowerCost({ memory: 128, passes: 3, parallelism: 2 })
    await unlockKeystore(await readKeystore(directory), { kit })
    expect(JSON.parse(bytes()).passphrase).toMatchObject({ memory: 128, passes: 3 })
    await openFounding(directory, OLD)
    expect(JSON.parse(bytes()).passphrase).toMatchObject({ memory: NEW_COST.memory, passes: 3 })
    const costly = { memory: NEW_COST.memory * 2, passes: 2, parallelism: 1 }
    await lowerCost(costly)
    await openFounding(directory, OLD)
    expect(JSON.parse(bytes()).passphrase).toMatchObject(costly)
  })
  test('is not raised by a wrong passphrase, and a full disk does not prevent opening', async () => {
    await lowerCost()
    const before = bytes()
    await expect(openFounding(directory, NEW)).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
    mkdirSync(join(`${path()}.new`, 'in the way'), { recursive: true })
    expect((await openFounding(directory, OLD)).organisation).toBe(keys.organisation)
    expect(bytes()).toBe(before)
  })
})
