// Sources of the passphrase: prompt, file, standard input, command or systemd credential, but never an argument or an environment variable.
// docs/guide/rex-desk.md, "Passphrase"

import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Unlock } from '../../client/api/desk.ts'
import { commandUnlock, fileUnlock } from '../../client/keys/unlock.ts'
import { RexError } from '../../core/error.ts'
import { passphraseForm, passphraseIn } from '../../core/input/passphrase.ts'
import { readBounded } from '../../process/read-file.ts'
import { t } from '../language/language.ts'
import type { Settings } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { askHidden } from './terminal.ts'
import { INPUT, inputText, readInputBytes } from './text.ts'

const CREDENTIAL = 'rex-desk-passphrase'

/** Returns the source of the passphrase: the one named in the options, otherwise the systemd credential, otherwise a prompt (T-119). */
export function unlockFrom(shell: Shell, settings: Settings): Unlock {
  return async () => (await givenPassphrase(shell, settings)) ?? (await askHidden(shell, t`Passphrase:`))
}

/** Reads a new passphrase from its source, or asks for it twice. @throws RexError UNLOCK_FAILED if the two differ */
export async function newPassphrase(shell: Shell, settings: Settings): Promise<string> {
  const given = await givenPassphrase(shell, settings)
  if (given !== undefined) return given
  const first = passphraseForm(await askHidden(shell, t`New passphrase:`))
  if (first === passphraseForm(await askHidden(shell, t`The new passphrase again:`))) return first
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

/** Reads a file with a secret as text. @throws RexError UNLOCK_FAILED if other users can read the file */
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
