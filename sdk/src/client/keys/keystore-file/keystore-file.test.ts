// Tests of the keystore file: what opens it, and what its parts are bound to. docs/guide/desk.md, "At rest"
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toHex } from '../../../core/encoding/encoding.ts'
import { kitWords } from '../../../core/identity/kit.ts'
import { type Credential, readKeystore, unlockKeystore, writeFounding } from '../keystore.ts'

const founding = (organisation = 'https://ngo.example') => ({
  organisation,
  name: 'NGO (test)',
  entitySeed: randomBytes(32),
  messageSeed: randomBytes(32),
  messageKeyMs: 1_700_000_000_000,
  archiveKey: randomBytes(32),
})
const PASSPHRASE = { passphrase: 'secret' }
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-keystore-file-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Returns a newly written keystore. */
async function made(keys = founding(), passphrase = PASSPHRASE.passphrase) {
  const kit = { kit: await writeFounding(directory, keys, passphrase) }
  return { keys, kit, file: JSON.parse(await readKeystore(directory)) }
}
const opened = (file: object, credential: Credential) => unlockKeystore(JSON.stringify(file), credential)

describe('a keystore', () => {
  test('opens with its passphrase and with its kit, from bytes and from a directory, and gives the same keys', async () => {
    const { keys, kit, file } = await made()
    const bytes = readFileSync(join(directory, 'keystore.json'))
    const all = [
      await opened(file, PASSPHRASE),
      await opened(file, kit),
      await unlockKeystore(bytes, { kit: kit.kit.join(' ') }),
      await unlockKeystore(await readKeystore(directory), PASSPHRASE),
    ]
    for (const { founding, keyFor } of all) {
      expect(founding).toEqual({
        ...keys,
        entitySeed: founding.entitySeed,
        messageSeed: founding.messageSeed,
        archiveKey: founding.archiveKey,
      })
      expect(toHex(founding.archiveKey)).toBe(toHex(keys.archiveKey))
      expect(toHex(keyFor('REX backup'))).toBe(toHex((all[0] as (typeof all)[0]).keyFor('REX backup')))
      expect(keyFor('REX backup')).toHaveLength(32)
      expect(toHex(keyFor('another purpose'))).not.toBe(toHex(keyFor('REX backup')))
    }
  })
  test('contains no unencrypted secret', async () => {
    const { keys, kit, file } = await made()
    const text = JSON.stringify(file)
    const { keyFor } = await opened(file, kit)
    for (const secret of [keys.entitySeed, keys.messageSeed, keys.archiveKey, keyFor('REX founding keys')])
      expect(text).not.toContain(Buffer.from(secret).toString('base64url'))
    expect(text).not.toContain(keys.organisation)
  })
  test('T-143 a kit of another desk, a random kit and another passphrase do not open it', async () => {
    const { file } = await made()
    const other = await made(founding('https://other.example'))
    for (const credential of [other.kit, { kit: kitWords(randomBytes(32)) }, { passphrase: 'Secret' }])
      await expect(opened(file, credential)).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
  })
})

describe('T-080 parts of another keystore', () => {
  test('no wrap of another desk or of an earlier keystore of this desk opens a keystore', async () => {
    const keys = founding()
    const mine = await made(keys)
    const others = [await made(founding('https://other.example'), 'other'), await made(keys)]
    for (const other of others) {
      const credentials = [PASSPHRASE, mine.kit, other.kit, { passphrase: 'other' }]
      for (const parts of [
        ['passphrase'],
        ['kit'],
        ['id'],
        ['passphrase', 'kit'],
        ['id', 'kit'],
        ['id', 'passphrase', 'kit'],
        ['sealed'],
      ])
        for (const credential of credentials) {
          const mixed = { ...mine.file, ...Object.fromEntries(parts.map((part) => [part, other.file[part]])) }
          const outcome = await opened(mixed, credential).then(
            ({ founding }) => toHex(founding.archiveKey),
            (error: { reason: string }) => error.reason,
          )
          // The wrap that was not replaced still opens the desk.
          const untouched = credential === PASSPHRASE ? 'passphrase' : 'kit'
          const isOwn = credential === PASSPHRASE || credential === mine.kit
          const opens = isOwn && !['id', 'sealed', untouched].some((part) => parts.includes(part))
          if (opens) expect(outcome).toBe(toHex(keys.archiveKey))
          else expect(['UNLOCK_FAILED', 'STORE_FAILED']).toContain(outcome)
        }
    }
  })
  test('the two wraps are not interchangeable, and a changed byte of any part is refused', async () => {
    const { kit, file } = await made()
    const crossed = {
      ...file,
      passphrase: { ...file.passphrase, wrapped: file.kit.wrapped },
      kit: { ...file.kit, wrapped: file.passphrase.wrapped },
    }
    for (const credential of [PASSPHRASE, kit])
      await expect(opened(crossed, credential)).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
    const flipped = (text: string) => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`)
    const sealed = { ...file, sealed: flipped(file.sealed) }
    for (const credential of [PASSPHRASE, kit])
      await expect(opened(sealed, credential)).rejects.toMatchObject({ reason: 'STORE_FAILED' })
    const worn = { ...file, kit: { ...file.kit, wrapped: flipped(file.kit.wrapped) } }
    await expect(opened(worn, kit)).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
    await opened(worn, PASSPHRASE)
  })
})

test('T-087 another format is named in the error, and all members are checked', async () => {
  const { file } = await made()
  await expect(opened({ ...file, version: 1 }, PASSPHRASE)).rejects.toMatchObject({
    reason: 'UNSUPPORTED_VERSION',
    message: expect.stringContaining('format 1'),
  })
  await expect(opened({ ...file, version: 3 }, PASSPHRASE)).rejects.toMatchObject({ reason: 'STORE_TOO_NEW' })
  const strange = [
    { id: 'AA' },
    { kit: undefined },
    { kit: { ...file.kit, kdf: 'none' } },
    { kit: { ...file.kit, wrapped: 'AA' } },
    { passphrase: { ...file.passphrase, kdf: 'scrypt' } },
    { passphrase: { ...file.passphrase, salt: '' } },
    { passphrase: { ...file.passphrase, memory: 1_048_577 } },
    { sealed: 'A'.repeat(70_000) },
  ]
  for (const change of strange)
    await expect(opened({ ...file, ...change }, PASSPHRASE)).rejects.toMatchObject({ reason: 'STORE_FAILED' })
  writeFileSync(join(directory, 'keystore.json'), '{"version": 2')
  await expect(unlockKeystore(await readKeystore(directory), PASSPHRASE)).rejects.toMatchObject({
    reason: 'STORE_FAILED',
  })
})
