// Tests of the sources of passphrases, with real files and commands. docs/guide/rex-desk.md
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileUnlock } from '../../client/keys/unlock.ts'
import type { Settings } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { newPassphrase, unlockFrom } from './passphrase.ts'
import { readInput } from './text.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'passphrase-test-'))
})
afterAll(() => rm(directory, { recursive: true }))

function shellWith(input: string, environment: NodeJS.ProcessEnv = {}): Shell {
  const stdin = new PassThrough()
  stdin.end(input)
  const streams = { stdin, stdout: new PassThrough(), stderr: new PassThrough() }
  return { ...streams, environment, now: () => 0, signal: new AbortController().signal } as unknown as Shell
}

const unlock = (settings: Partial<Settings>, shell = shellWith('')) =>
  unlockFrom(shell, { dir: 'desk', ...settings })()

async function fileWith(name: string, content: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, content, { mode: 0o600 })
  return path
}

test("the passphrase is the first line of a file, of standard input, or of a command's output", async () => {
  expect(await unlock({ passphraseFile: await fileWith('a', 'öpen sesame \nrest') })).toBe('öpen sesame ')
  expect(await unlock({ passphraseStdin: true }, shellWith('sesame\r\nrest'))).toBe('sesame')
  expect(await unlock({ passphraseCommand: 'printf "ses%s\\n" ame' })).toBe('sesame')
})

test('a systemd credential is found without an option', async () => {
  await fileWith('rex-desk-passphrase', 'sesame')
  expect(await unlock({}, shellWith('', { CREDENTIALS_DIRECTORY: directory }))).toBe('sesame')
})

test('T-143 the same letters are the same passphrase, wherever it comes from', async () => {
  const composed = 'Gr\u00fc\u00dfe'
  const written = `\ufeff${composed.normalize('NFD')}\r\n`
  const file = await fileWith('nfd', written)
  await fileWith('rex-desk-passphrase', written)
  const credential = shellWith('', { CREDENTIALS_DIRECTORY: directory })
  expect(await unlock({ passphraseFile: file })).toBe(composed)
  expect(await unlock({ passphraseStdin: true }, shellWith(written))).toBe(composed)
  expect(await unlock({ passphraseCommand: `cat ${file}` })).toBe(composed)
  expect(await unlock({}, credential)).toBe(composed)
  expect(await fileUnlock(file)()).toBe(composed)
})

test('T-119 a file that others can read is refused, with the command that fixes it', async () => {
  const path = await fileWith('open', 'sesame')
  await chmod(path, 0o640)
  await expect(unlock({ passphraseFile: path })).rejects.toMatchObject({
    reason: 'UNLOCK_FAILED',
    hint: `Run: chmod 600 ${path}`,
  })
})

test('a command that fails, an empty line and a missing file are refused', async () => {
  await expect(unlock({ passphraseCommand: 'exit 3' })).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
  await expect(unlock({ passphraseFile: join(directory, 'none') })).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(newPassphrase(shellWith('\n'), { dir: 'desk', passphraseStdin: true })).rejects.toMatchObject({
    reason: 'UNLOCK_FAILED',
  })
})

test('standard input can carry only one input', async () => {
  const shell = shellWith('sesame')
  await unlock({ passphraseStdin: true }, shell)
  await expect(readInput(shell, 'the text')).rejects.toThrow(
    '--passphrase-stdin and the text both read standard input.',
  )
})
