// Ways to give the passphrase of the keystore. Never arguments or environment variables (T-119). docs/guide/desk.md
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { RexError } from '../core/error.ts'
import type { Unlock } from './api.ts'

const run = promisify(execFile)
const LIMIT = 4096

/** The passphrase is the first line of a file. */
export function fileUnlock(path: string): Unlock {
  return async () =>
    firstLine(await readFile(path, 'utf8').catch(failing(`The passphrase file ${path} cannot be read.`)))
}

/** The passphrase is the first line of standard input. */
export function stdinUnlock(): Unlock {
  return async () => firstLine(await text(process.stdin))
}

/** The passphrase is a systemd credential (systemd.exec, LoadCredential=). */
export function credentialUnlock(name: string): Unlock {
  return () => {
    const directory = process.env.CREDENTIALS_DIRECTORY
    if (directory === undefined) throw new RexError('UNLOCK_FAILED', 'There are no systemd credentials.')
    return fileUnlock(join(directory, name))()
  }
}

/** The passphrase is the first line that a command prints, such as that of a password store. */
export function commandUnlock(command: string, args: readonly string[] = []): Unlock {
  return async () => {
    const { stdout } = await run(command, [...args], { maxBuffer: LIMIT }).catch(
      failing('The passphrase command failed.'),
    )
    return firstLine(stdout)
  }
}

/** Asks for the passphrase on the terminal, without showing it. */
export function promptUnlock(question = 'Passphrase: '): Unlock {
  return async () => {
    process.stderr.write(question)
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
    try {
      return await terminal.question('')
    } finally {
      terminal.close()
      process.stderr.write('\n')
    }
  }
}

function firstLine(content: string): string {
  const [line = ''] = content.split(/\r?\n/)
  if (line === '' || line.length > LIMIT) throw new RexError('UNLOCK_FAILED', 'There is no passphrase.')
  return line
}

function failing(message: string): (cause: unknown) => never {
  return (cause) => {
    throw new RexError('UNLOCK_FAILED', message, { cause })
  }
}
