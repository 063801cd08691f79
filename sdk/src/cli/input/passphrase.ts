// Sources of the passphrase: prompt, file, standard input, command or systemd credential; never an argument or the
// environment.
// docs/guide/rex-desk.md, "Passphrase"
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Unlock } from '../../client/api/desk.ts'
import { commandUnlock, fileUnlock } from '../../client/keys/unlock.ts'
import { RexError } from '../../core/error.ts'
import { passphraseForm, passphraseIn } from '../../core/input/passphrase.ts'
import { readBounded } from '../../process/read-file.ts'
import type { Settings } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { askHidden } from './terminal.ts'
import { INPUT, inputText, readInputBytes } from './text.ts'

const CREDENTIAL = 'rex-desk-passphrase'

/** The passphrase from the source named by the options; else the systemd credential, else a prompt (T-119). */
export function unlockFrom(shell: Shell, settings: Settings): Unlock {
  return async () => (await givenPassphrase(shell, settings)) ?? (await askHidden(shell, 'Passphrase:'))
}

/** A new passphrase: given, or typed twice. @throws RexError UNLOCK_FAILED if the two differ */
export async function newPassphrase(shell: Shell, settings: Settings): Promise<string> {
  const given = await givenPassphrase(shell, settings)
  if (given !== undefined) return given
  const first = passphraseForm(await askHidden(shell, 'New passphrase:'))
  if (first === passphraseForm(await askHidden(shell, 'The new passphrase again:'))) return first
  throw new RexError('UNLOCK_FAILED', 'The two passphrases differ.', {
    hint: 'Try again; nothing was changed.',
  })
}

async function givenPassphrase(shell: Shell, settings: Settings): Promise<string | undefined> {
  const { passphraseFile, passphraseStdin, passphraseCommand } = settings
  if (passphraseFile !== undefined) return passphraseIn(await readPrivateBytes(passphraseFile))
  if (passphraseStdin === true) return passphraseIn(await readInputBytes(shell, '--passphrase-stdin'))
  if (passphraseCommand !== undefined) return await commandUnlock(...shellCommand(passphraseCommand))()
  const directory = shell.environment.CREDENTIALS_DIRECTORY
  return directory !== undefined && existsSync(join(directory, CREDENTIAL))
    ? await fileUnlock(join(directory, CREDENTIAL))()
    : undefined
}

/** A file with a secret, as text. @throws RexError UNLOCK_FAILED if other users can read it */
export async function readPrivate(path: string): Promise<string> {
  return inputText(await readPrivateBytes(path))
}

async function readPrivateBytes(path: string): Promise<Uint8Array> {
  await using file = await open(path, 'r')
  const { mode } = await file.stat()
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new RexError('UNLOCK_FAILED', `Others can read ${path}.`, { hint: `Run: chmod 600 ${path}` })
  return await readBounded(file, INPUT)
}

function shellCommand(command: string): [program: string, parameters: string[]] {
  return process.platform === 'win32' ? ['cmd.exe', ['/c', command]] : ['sh', ['-c', command]]
}
