// Tests of the limits on files that commands read. docs/spec/overview.md, "Input"
import { truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileUnlock } from '../../client/keys/unlock.ts'
import { readPresets } from '../../client/local-config.ts'
import type { Shell } from '../shell.ts'
import { readPrivate } from './passphrase.ts'
import { readSource } from './referral.ts'

const TERABYTE = 2 ** 40
const endless = () =>
  ({ stdin: Readable.from(forever()), stderr: {}, environment: {}, now: () => 0 }) as unknown as Shell

function* forever() {
  for (;;) yield Buffer.alloc(65_536)
}

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bounded-test-'))
})
afterAll(() => rm(directory, { recursive: true }))

function hugeFile(name: string): string {
  const path = join(directory, name)
  writeFileSync(path, '', { mode: 0o600 })
  truncateSync(path, TERABYTE)
  return path
}

test('REX-ENC-037 a referral or an invite from a device, a huge file or standard input that never ends', async () => {
  const tooLarge = { reason: 'LIMIT_EXCEEDED', path: 'The input' }
  await expect(readSource(endless(), '/dev/zero')).rejects.toMatchObject(tooLarge)
  await expect(readSource(endless(), hugeFile('referral.json'))).rejects.toMatchObject(tooLarge)
  await expect(readSource(endless(), '-')).rejects.toMatchObject(tooLarge)
})

test('REX-ENC-037 T-119 a passphrase or a token in a huge file', async () => {
  await expect(readPrivate(hugeFile('token'))).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED' })
  await expect(fileUnlock('/dev/zero')()).rejects.toMatchObject({
    reason: 'UNLOCK_FAILED',
    message: expect.stringContaining('larger than 65536 bytes'),
  })
})

test('REX-ENC-037 huge presets are refused by their size', async () => {
  hugeFile('presets.json')
  await expect(readPresets(directory)).rejects.toMatchObject({
    reason: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('larger than 262144 bytes'),
  })
})
