// Sources of the keystore's passphrase. Arguments and environment variables are excluded on purpose (T-119). docs/guide/desk.md
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { RexError } from '../../core/error.ts'
import { passphraseForm, passphraseIn } from '../../core/input/passphrase.ts'
import { readBounded } from '../../process/read-file.ts'
import type { Unlock } from '../api/desk.ts'
import { checkOptions } from '../api/options.ts'

const run = promisify(execFile)
const LIMIT = 65_536
const BOUNDS = { path: 'The passphrase', limit: LIMIT }

/** Returns an `Unlock` that reads the passphrase from the first line of a file. */
export function fileUnlock(path: string): Unlock {
  checkOptions('fileUnlock', { path })
  return async () =>
    passphraseIn(
      await readBounded(path, BOUNDS).catch(failing(`The passphrase file ${path} cannot be read.`)),
    )
}

/** Returns an `Unlock` that reads the passphrase from the first line of standard input. */
export function stdinUnlock(): Unlock {
  return async () =>
    passphraseIn(await readBounded(process.stdin, BOUNDS).catch(failing('Standard input cannot be read.')))
}

/** Returns an `Unlock` that reads the passphrase from a systemd credential (systemd.exec, LoadCredential=). */
export function credentialUnlock(name: string): Unlock {
  checkOptions('credentialUnlock', { name })
  return () => {
    const directory = process.env.CREDENTIALS_DIRECTORY
    if (directory === undefined) throw new RexError('UNLOCK_FAILED', 'There are no systemd credentials.')
    return fileUnlock(join(directory, name))()
  }
}

/** Returns an `Unlock` that reads the passphrase from the first line of a command's output, such as that of a password store. */
export function commandUnlock(command: string, args: readonly string[] = []): Unlock {
  const parameters = checkOptions('commandUnlock', { command, args }).args
  return async () => {
    const { stdout } = await printed(command, parameters).catch(failing('The passphrase command failed.'))
    return passphraseIn(stdout)
  }
}

/**
 * Runs a command and returns its output. If the command line is too long, `run` throws synchronously; because this function
 * is async, callers get a rejection instead.
 */
async function printed(command: string, parameters: readonly string[]) {
  return await run(command, parameters, { maxBuffer: LIMIT, encoding: 'buffer' })
}

/** Returns an `Unlock` that asks for the passphrase on the terminal, without echo. */
export function promptUnlock(question = 'Passphrase: '): Unlock {
  checkOptions('promptUnlock', { question })
  return async () => {
    process.stderr.write(question)
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
    try {
      return passphraseForm(await terminal.question(''))
    } finally {
      terminal.close()
      process.stderr.write('\n')
    }
  }
}

function failing(message: string): (cause: unknown) => never {
  return (cause) => {
    throw new RexError('UNLOCK_FAILED', RexError.is(cause) ? cause.message : message, { cause })
  }
}
