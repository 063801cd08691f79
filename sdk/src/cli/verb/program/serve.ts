// `rex-desk serve`: hold the desk for all programs on this computer. docs/guide/service.md

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Command } from 'commander'
import type { Desk, DeskLogEntry } from '../../../client/api/desk.ts'
import { RexError } from '../../../core/error.ts'
import type { Relay, RelayOptions } from '../../../postgres/index.ts'
import { readBounded } from '../../../process/read-file.ts'
import type { Listen } from '../../../service/index.ts'
import { openDesk } from '../../desk.ts'
import { UsageError } from '../../exit.ts'
import { type Address, address, groupName } from '../../input/parsers.ts'
import { readPrivate } from '../../input/passphrase.ts'
import { t } from '../../language/language.ts'
import { bad, dim, good, warn } from '../../output/lines.ts'
import { printableJson } from '../../output/printable.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell, say, sayIfCoreDumps } from '../../shell.ts'

interface ServeSettings extends Settings {
  readonly group?: string
  readonly listen?: Address
  readonly tlsCertificate?: string
  readonly tlsKey?: string
  readonly postgres?: string
}

/** Size limit for a certificate with its chain. */
const PEM = { path: '--tls-certificate', limit: 64 * 1024 }

/** Reasons after which a desk refuses everything until it is opened again. */
const LASTING = ['LEASE_LOST', 'STORE_FAILED', 'UNAUTHENTICATED'] as const

export function serve(shell: Shell): Command {
  const command = new Command('serve')
    .summary('hold the desk for all programs and people on this computer')
    .description(
      'Holds the desk, and serves it to other programs as HTTP with JSON on the Unix socket `service.sock` in the desk directory, until Ctrl-C or SIGTERM. ' +
        'Log lines go to standard error; they never have case data.',
    )
    .option(
      '--group <group>',
      'name or number of a group that may read, send and decide, on the socket `group.sock`',
      groupName,
    )
    .option('--postgres <file>', 'run the relay of the PostgreSQL database whose URL is in this file')
    .option(
      '--listen <address>',
      'also serve callers with tokens at this address, such as 127.0.0.1:8440; without TLS, at a loopback address only',
      address,
    )
    .option('--tls-certificate <file>', 'with --listen: certificate and its chain, PEM')
    .option('--tls-key <file>', 'with --listen: private key of the certificate, PEM, that only you can read')
    .addHelpText(
      'after',
      example('rex-desk serve --group casework', 'rex-desk serve --listen 127.0.0.1:8440'),
    )
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, settings: ServeSettings): Promise<void> {
  sayIfCoreDumps(shell)
  const { serve, serviceAt } = await import('../../../service/index.ts')
  const running = await serviceAt(settings.dir)
  if (running !== undefined) throw inUse(settings.dir, running)
  const group = settings.group === undefined ? undefined : await groupNumber(settings.group)
  const database = settings.postgres === undefined ? undefined : (await readPrivate(settings.postgres)).trim()
  const listen = await listenOf(settings)
  const lost = Promise.withResolvers<never>()
  let ask = () => {}
  const log = (entry: DeskLogEntry) => {
    write(shell, settings, entry)
    if (entry.level === 'error') ask()
  }
  await using desk = await openDesk(shell, settings, { log, alone: true })
  ask = () => void lossOf(desk).then((error) => error && lost.reject(error))
  await using relay = database === undefined ? undefined : await relayOf({ desk, database, log })
  const problems = relay && (() => relay.problems())
  await using service = await serve({
    ...{ desk, directory: settings.dir, log },
    ...given({ group, listen, problems }),
  })
  const { organisation } = desk
  const { socket, groupSocket, urls } = service
  answer(shell, settings, {
    value: { organisation, socket, ...given({ groupSocket }), urls, pid: process.pid },
    lines: [
      [good(t`Serving ${organisation} on ${socket}.`)],
      ...(groupSocket === undefined ? [] : [t`For the group: ${groupSocket}.`]),
      ...urls.map((url) => t`With a token: ${url}.`),
    ],
  })
  ask()
  await Promise.race([aborted(shell.signal), lost.promise])
}

async function relayOf(options: RelayOptions): Promise<Relay> {
  const { startRelay } = await import('../../../postgres/index.ts')
  return startRelay(options)
}

/** Returns why the desk can do nothing until it is opened again, or undefined if it is usable. */
async function lossOf(desk: Desk): Promise<RexError | undefined> {
  const error = await desk.threads({ limit: 1 }).then(() => undefined, RexError.from)
  return LASTING.some((reason) => error?.reason === reason) ? error : undefined
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function write(shell: Shell, { json }: Settings, { level, message, fields }: DeskLogEntry): void {
  if (json === true)
    shell.stderr.write(
      `${printableJson({ time: new Date(shell.now()).toISOString(), level, message, ...fields })}\n`,
    )
  else {
    const mark = level === 'error' ? [bad('! ')] : level === 'warn' ? [warn('! ')] : []
    const more = Object.entries(fields).map(([field, value]) => ` ${field}=${value}`)
    say(shell, [[...mark, message, dim(more.join(''))]])
  }
}

function inUse(
  directory: string,
  { pid, sinceMs }: { readonly pid: number; readonly sinceMs: number },
): RexError {
  const since = new Date(sinceMs).toISOString().slice(0, 16).replace('T', ' ')
  return new RexError('STORE_IN_USE', `Process ${pid} serves the desk at ${directory} since ${since} UTC.`, {
    hint: 'Use that service, or end it first.',
  })
}

/** Reads certificate and key. @throws UsageError; RexError UNLOCK_FAILED if others can read the key */
async function listenOf({ listen, tlsCertificate, tlsKey }: ServeSettings): Promise<Listen[] | undefined> {
  if ((tlsCertificate === undefined) !== (tlsKey === undefined))
    throw new UsageError('TLS needs a certificate and its key.', 'Give --tls-certificate and --tls-key.')
  if (listen === undefined) {
    if (tlsKey === undefined) return undefined
    throw new UsageError('TLS is for an address.', 'Add --listen, such as --listen 192.0.2.1:8440.')
  }
  if (tlsCertificate === undefined || tlsKey === undefined) return [listen]
  const [cert, key] = [await readBounded(tlsCertificate, PEM), Buffer.from(await readPrivate(tlsKey))]
  return [{ ...listen, tls: { cert, key } }]
}

/** Returns the number of a group of this system. */
async function groupNumber(group: string): Promise<number> {
  const { stdout } = await promisify(execFile)('getent', ['group', '--', group]).catch(() => ({ stdout: '' }))
  const number = Number(stdout.split(':')[2] || Number.NaN)
  if (Number.isInteger(number)) return number
  throw new UsageError(`There is no group ${group}.`, '`getent group` lists the groups of this computer.')
}
