// Tests of the key database: loss or damage is detected and reported, and no byte of an erased key is left.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openSqliteDeskStore } from '../sqlite.ts'
import { openThreadKeys } from './thread-keys.ts'

const root = mkdtempSync(join(tmpdir(), 'rex-thread-keys-'))
let made = 0
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Returns bytes that cannot occur by chance. */
const keyOf = (slot: number) => Buffer.from(`wrapped key of slot ${slot}.`.padEnd(60, `${slot % 10}`))
const foundIn = (directory: string, bytes: Buffer) =>
  readdirSync(directory).filter((name) => readFileSync(join(directory, name)).includes(bytes))

/** Makes a directory with a store in which each thread has a key. */
async function stored(threads: number): Promise<string> {
  const directory = join(root, `${++made}`)
  cpSync(mkdtempSync(join(root, 'new-')), directory, { recursive: true })
  const store = openSqliteDeskStore(join(directory, 'desk.db'))
  store.keys.add(threads, keyOf)
  await store.commit((write) => {
    for (let slot = 1; slot <= threads; slot++)
      write.putThread({
        ...{ id: slot.toString(16).padStart(32, '0'), role: 'recipient', test: true },
        ...{ slot, summary: Buffer.of(1), refMac: '', updatedMs: slot },
      })
  })
  await store[Symbol.asyncDispose]()
  return directory
}

test('T-155 no byte of an erased key is in the files, open or closed; other keys are unchanged', () => {
  const directory = mkdtempSync(join(root, 'keys-'))
  const keys = openThreadKeys(join(directory, 'desk-keys.db'), {})
  for (let at = 0; at < 1000; at += 50) keys.add(50, keyOf)
  expect(foundIn(directory, keyOf(500))).not.toEqual([])
  keys.erase([500, 501])
  expect([foundIn(directory, keyOf(500)), foundIn(directory, keyOf(501))]).toEqual([[], []])
  keys.erase([502])
  keys.close()
  expect(foundIn(directory, keyOf(502))).toEqual([])
  const again = openThreadKeys(join(directory, 'desk-keys.db'), {})
  const left = Array.from({ length: 1000 }, (_, i) => again.get(i + 1))
  expect(left.filter((key) => key !== undefined)).toHaveLength(997)
  expect([left[499], Buffer.from(left[503] ?? '')]).toEqual([undefined, keyOf(504)])
  expect([again.forgot, again.check(), again.isDamaged()]).toEqual([false, false, false])
  expect(again.add(1, keyOf)).toBe(1001)
  again.close()
})

test.each([
  ['the keys are lost', (at: string) => rmSync(join(at, 'desk-keys.db'))],
  ['the keys and all beside them are lost', (at: string) => removeAll(at)],
  ['the keys are no database', (at: string) => writeFileSync(join(at, 'desk-keys.db'), 'x'.repeat(9000))],
])('T-080 T-140 %s: the desk does not open, and says which file it is', async (_, damage) => {
  const directory = await stored(20)
  damage(directory)
  const open = () => openSqliteDeskStore(join(directory, 'desk.db'))
  for (let again = 0; again < 2; again++)
    expect(open).toThrow(
      expect.objectContaining({ reason: 'STORE_FAILED', message: expect.stringContaining('desk-keys.db') }),
    )
})

function removeAll(directory: string): void {
  for (const name of readdirSync(directory)) if (name.startsWith('desk-keys')) rmSync(join(directory, name))
}

test('T-140 an older copy of the keys is noticed, and a restore continues with the remaining keys', async () => {
  const directory = await stored(3)
  const file = join(directory, 'desk-keys.db')
  cpSync(file, `${file}.copy`)
  const store = openSqliteDeskStore(join(directory, 'desk.db'))
  store.keys.add(1, keyOf)
  const late = { id: 'ff'.repeat(16), role: 'recipient', test: true, slot: 4, summary: Buffer.of(1) } as const
  await store.commit((write) => write.putThread({ ...late, refMac: '', updatedMs: 9 }))
  await store[Symbol.asyncDispose]()
  cpSync(`${file}.copy`, file)
  expect(() => openSqliteDeskStore(join(directory, 'desk.db'))).toThrow(/desk-keys\.db was lost/)
  await using restored = openSqliteDeskStore(join(directory, 'desk.db'), { acceptLostKeys: true })
  expect([3, 4].map((slot) => restored.keys.get(slot)?.length)).toEqual([60, undefined])
  expect(restored.keys.add(1, keyOf)).toBe(5)
})

test('T-080 a flipped bit in a key is noticed when the desk opens, and other keys still work', async () => {
  const directory = await stored(20)
  const file = join(directory, 'desk-keys.db')
  const bytes = readFileSync(file)
  const at = bytes.indexOf(keyOf(7))
  bytes[at + 40] = (bytes[at + 40] ?? 0) ^ 1
  writeFileSync(file, bytes)
  await using store = openSqliteDeskStore(join(directory, 'desk.db'))
  expect(store.isDamaged()).toBe(true)
  expect(Buffer.from(store.keys.get(8) ?? '')).toEqual(keyOf(8))
})

test('T-155 a store without its list of erased threads rewrites it', async () => {
  const directory = await stored(3)
  const list = join(directory, 'desk.db.erased')
  const erased = {
    id: '2'.padStart(32, '0'),
    erasedMs: 1,
    reason: 'request',
    forced: false,
    slot: 0,
  } as const
  const store = openSqliteDeskStore(join(directory, 'desk.db'))
  await store.commit((write) => write.eraseThread(erased))
  await store[Symbol.asyncDispose]()
  expect(readFileSync(list, 'utf8')).toMatch(/^0{31}2 1970-01-01T00:00:00\.001Z request +- +\n$/)
  rmSync(list)
  await openSqliteDeskStore(join(directory, 'desk.db'))[Symbol.asyncDispose]()
  expect(existsSync(list) && readFileSync(list, 'utf8')).toContain(erased.id)
})
