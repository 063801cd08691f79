// Tests of backup files that are read back intact, truncated, altered or in another version, or that a full disk or a killed process left behind.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, test } from 'vitest'
import { fileSink, readBackup } from './read.ts'
import { type BackupOptions, type BackupWriter, writeBackup } from './write.ts'

let directory: string
const path = (name = 'backup') => join(directory, name)
const key = randomBytes(32)
const about = { organisation: 'https://hotline.example', createdMs: 1_700_000_000_000 }

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-backup-'))
  return () => rmSync(directory, { recursive: true, force: true })
})

const contents = { small: Buffer.from('a'), empty: Buffer.alloc(0), large: randomBytes(300_000) }

async function write(options: Partial<BackupOptions> = {}, files: Record<string, Uint8Array> = contents) {
  await writeBackup(path(), { kind: 'desk', key, wrapped: 'how', about, ...options }, async (backup) => {
    for (const [name, content] of Object.entries(files)) await backup.file(name, content)
  })
}

/** Reads the backup. Returns its files. */
async function read({ from = path(), with: given = key }: { from?: string; with?: Uint8Array } = {}) {
  const into = mkdtempSync(join(directory, 'into-'))
  const names: string[] = []
  const read = await readBackup(from, {
    kind: 'desk',
    keyFor: async () => given,
    sinkFor: (name) => {
      names.push(name)
      return fileSink(join(into, name))
    },
  })
  expect(read).toEqual(about)
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(into, name))]))
}

test('T-155 a backup restores every byte, is readable only by its owner, and reveals nothing of its content', async () => {
  await write({}, { ...contents, text: Buffer.from('the content of a file'.repeat(9)) })
  expect(await read()).toMatchObject(contents)
  expect(statSync(path()).mode & 0o777).toBe(0o600)
  expect(readFileSync(path()).includes('content of a file')).toBe(false)
  expect(readFileSync(path()).includes('hotline')).toBe(false)
  expect(readdirSync(directory).filter((name) => name.includes('part'))).toEqual([])
})

test('T-155 another key is refused, and damage is not mistaken for a wrong key', async () => {
  await write()
  await expect(read({ with: randomBytes(32) })).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
})

test('T-155 a backup that is cut anywhere is refused, also between two chunks', async () => {
  await write()
  const whole = readFileSync(path())
  const start = whole.indexOf('}') + 1
  const cuts = [
    0,
    5,
    13,
    15,
    start - 1,
    start,
    start + 16,
    start + 65552,
    start + 65552 * 2,
    whole.length - 1,
  ]
  for (const at of cuts) {
    writeFileSync(path('cut'), whole.subarray(0, at))
    await expect(read({ from: path('cut') }), `${at}`).rejects.toMatchObject({ reason: 'MALFORMED' })
  }
})

test('T-155 a flipped bit anywhere is refused, as are chunks in another order, added or left out', async () => {
  await write()
  const whole = readFileSync(path())
  const start = whole.indexOf('}') + 1
  const changed: Buffer[] = []
  for (let i = 0; i < 64; i++) {
    const copy = Buffer.from(whole)
    const at = Math.floor((i * whole.length) / 64)
    copy[at] = (copy[at] ?? 0) ^ (1 << (i % 8))
    changed.push(copy)
  }
  const chunk = (n: number) => whole.subarray(start + n * 65552, start + (n + 1) * 65552)
  const rest = whole.subarray(start + 2 * 65552)
  changed.push(Buffer.concat([whole.subarray(0, start), chunk(1), chunk(0), rest]))
  changed.push(Buffer.concat([whole.subarray(0, start), chunk(0), rest]))
  changed.push(Buffer.concat([whole.subarray(0, start), chunk(0), chunk(0), chunk(1), rest]))
  changed.push(Buffer.concat([whole, Buffer.alloc(1)]))
  changed.push(Buffer.concat([whole, whole.subarray(start)]))
  for (const [i, bytes] of changed.entries()) {
    writeFileSync(path('changed'), bytes)
    const { reason } = await read({ from: path('changed') }).then(
      () => ({ reason: 'none' }),
      (error) => error,
    )
    expect(['MALFORMED', 'UNLOCK_FAILED', 'UNSUPPORTED_VERSION'], `${i}: ${reason}`).toContain(reason)
  }
})

test('T-155 the chunks of one backup do not fit the head of another with the same key', async () => {
  await write()
  const one = readFileSync(path())
  await write({ overwrite: true })
  const other = readFileSync(path())
  const start = one.indexOf('}') + 1
  writeFileSync(path('mixed'), Buffer.concat([one.subarray(0, start), other.subarray(start)]))
  await expect(read({ from: path('mixed') })).rejects.toMatchObject({ reason: 'MALFORMED' })
})

test('REX-DLV-173 another version, another kind and a file that is not a backup are each reported as such', async () => {
  await write()
  const whole = readFileSync(path(), 'latin1')
  writeFileSync(path('next'), whole.replace('REX backup 1\n', 'REX backup 2\n'), 'latin1')
  await expect(read({ from: path('next') })).rejects.toMatchObject({
    reason: 'UNSUPPORTED_VERSION',
    message: expect.stringContaining('format 2'),
  })
  await write({ overwrite: true, kind: 'gateway' })
  await expect(read()).rejects.toMatchObject({ message: expect.stringContaining('of a gateway') })
  writeFileSync(path('text'), 'Dear colleagues')
  await expect(read({ from: path('text') })).rejects.toMatchObject({
    message: expect.stringContaining('not a backup'),
  })
  await expect(read({ from: directory })).rejects.toMatchObject({ reason: 'CONFIG_INVALID' })
  await expect(read({ from: path('nothing') })).rejects.toMatchObject({ reason: 'CONFIG_INVALID' })
})

test('a head that claims to be large is not read, and an unexpected file ends the reading', async () => {
  writeFileSync(path('head'), Buffer.concat([Buffer.from('REX backup 1\n'), Buffer.of(255, 255, 255, 255)]))
  await expect(read({ from: path('head') })).rejects.toMatchObject({ reason: 'MALFORMED' })
  await write()
  const refusing = readBackup(path(), { kind: 'desk', keyFor: async () => key, sinkFor: () => undefined })
  await expect(refusing).rejects.toMatchObject({ reason: 'MALFORMED' })
  await writeBackup(path('twice'), { kind: 'desk', key, wrapped: 'how', about }, async (backup) => {
    await backup.file('one', Buffer.of(1))
    await backup.file('one', Buffer.of(2))
  })
  await expect(read({ from: path('twice') })).rejects.toMatchObject({ reason: 'MALFORMED' })
})

test('an existing file is replaced only on request, and a failure leaves it unchanged', async () => {
  writeFileSync(path(), 'mine')
  await expect(write()).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' })
  const fails = (backup: BackupWriter) =>
    backup.file('one', Buffer.of(1)).then(() => Promise.reject(new Error('no')))
  const options = { kind: 'desk', key, wrapped: 'how', about, overwrite: true } as const
  await expect(writeBackup(path(), options, fails)).rejects.toThrow('no')
  expect([readFileSync(path(), 'utf8'), readdirSync(directory)]).toEqual(['mine', ['backup']])
  await write({ overwrite: true })
  expect(await read()).toMatchObject(contents)
})

test('a backup that appears meanwhile is not replaced', async () => {
  const options = { kind: 'desk', key, wrapped: 'how', about } as const
  const late = writeBackup(path(), options, async () => writeFileSync(path(), 'theirs'))
  await expect(late).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' })
  expect([readFileSync(path(), 'utf8'), readdirSync(directory)]).toEqual(['theirs', ['backup']])
})

test('an aborted backup leaves nothing', async () => {
  const aborted = write({ signal: AbortSignal.abort() })
  await expect(aborted).rejects.toThrow()
  expect(readdirSync(directory)).toEqual([])
})

const KILLED = `
  import { writeBackup } from '${fileURLToPath(new URL('./write.ts', import.meta.url))}'
  const [path] = process.argv.slice(2)
  await writeBackup(path, { kind: 'desk', key: new Uint8Array(32), wrapped: 'how', about: { organisation: 'o', createdMs: 1 } }, async (backup) => {
    await backup.file('one', Buffer.alloc(200_000))
    process.stdout.write('ready')
    await new Promise((resolve) => setTimeout(resolve, 1 << 30))
  })`

test('REX-DLV-173 a killed backup leaves no file with the final name, and the next one replaces what it left', async () => {
  const script = path('killed.ts')
  writeFileSync(script, KILLED)
  const child = spawn(process.execPath, [script, path()], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect([existsSync(path()), existsSync(path('backup.part'))]).toEqual([false, true])
  appendFileSync(path('backup.part'), 'x')
  await write()
  expect([await read(), existsSync(path('backup.part'))]).toEqual([contents, false])
  truncateSync(path(), 100)
  await expect(read()).rejects.toMatchObject({ reason: 'MALFORMED' })
})
