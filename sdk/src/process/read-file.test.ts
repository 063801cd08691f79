// Tests of reading files whose paths a user gives. docs/spec/overview.md, "Input"
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { readBounded } from './read-file.ts'

const BOUNDS = { path: 'The file', limit: 100_000 }
const TOO_LARGE = { reason: 'LIMIT_EXCEEDED', path: 'The file' }
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-read-'))
  return () => rmSync(directory, { recursive: true })
})

test('REX-ENC-037 a device that never ends, and a file of a terabyte, are refused after little more than the limit', async () => {
  const huge = join(directory, 'huge')
  writeFileSync(huge, '')
  truncateSync(huge, 2 ** 40)
  const { rss } = process.memoryUsage()
  await expect(readBounded('/dev/zero', BOUNDS)).rejects.toMatchObject(TOO_LARGE)
  await expect(readBounded(huge, BOUNDS)).rejects.toMatchObject(TOO_LARGE)
  expect(process.memoryUsage().rss - rss).toBeLessThan(64 * 1024 * 1024)
})

test('a file of exactly the limit is read, one byte more is too much', async () => {
  const file = join(directory, 'full')
  writeFileSync(file, 'a'.repeat(BOUNDS.limit))
  expect((await readBounded(file, BOUNDS)).length).toBe(BOUNDS.limit)
  writeFileSync(file, 'a'.repeat(BOUNDS.limit + 1))
  await expect(readBounded(file, BOUNDS)).rejects.toMatchObject({
    metadata: { limit: '100000' },
    ...TOO_LARGE,
  })
})

test('a pipe is read to its end', async () => {
  const pipe = join(directory, 'pipe')
  execFileSync('mkfifo', [pipe])
  spawn('sh', ['-c', 'printf one > "$1"', 'sh', pipe])
  expect(String(await readBounded(pipe, BOUNDS))).toBe('one')
})

test('a missing file is the error of the system', async () => {
  await expect(readBounded(join(directory, 'none'), BOUNDS)).rejects.toMatchObject({ code: 'ENOENT' })
})
