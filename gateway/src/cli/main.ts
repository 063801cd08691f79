// The rex-gateway command: one file per verb, loaded on demand. docs/guide/gateway.md
import { readFileSync } from 'node:fs'
import { keepOutOfCoreDumps, outliveReaders, refuseDebugger, refuseLeaks } from '@rex/sdk/process'
import { Command, CommanderError } from 'commander'
import { credential, organisation, path } from './parsers.ts'
import { fail, printable } from './terminal.ts'

const DIRECTORY = './rex-gateway'
/** Only the owner can read the files that the gateway creates (T-119). */
const OWNER_ONLY = 0o077

/** Runs the command; sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  process.umask(OWNER_ONLY)
  refuseDebugger()
  keepOutOfCoreDumps()
  outliveReaders('rex-gateway')
  const json = argv.includes('--json')
  try {
    refuseLeaks(process)
    await program(json).parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    process.exitCode = fail(error, { json })
  }
}

/** The command with its verbs. `json`: prints commander's usage errors as JSON. */
export function program(json: boolean): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const command = new Command('rex-gateway')
    .description('Operates a REX gateway, which stores and forwards sealed referrals for one organisation.')
    .version(version)
    .showHelpAfterError('Try `rex-gateway --help`.')
    .configureOutput({
      outputError: (text, write) => write(printable(text)),
      ...(json && { writeErr: () => {} }),
    })
    .exitOverride()
  verb(command, 'init', 'make a new gateway')
    .requiredOption('--organisation <id>', 'entity identifier, such as https://hotline.example')
    .requiredOption(
      '--listen <host:port>',
      'address for other gateways and desks; the next two ports are used too',
    )
    .option('--endpoint <host:port>', 'public address, if different')
    .action(async (options) => (await import('./verb/init.ts')).init(options))
  verb(command, 'start', 'run the gateway until SIGTERM or Ctrl-C').action(async (options) =>
    (await import('./verb/start.ts')).start(options),
  )
  verb(command, 'restore', 'before a start with a store from a backup: tell the gateway so').action(
    async (options) => (await import('./verb/restore.ts')).restore(options),
  )
  verb(command, 'token', 'make an enrolment token for a desk')
    .option('--name <name>', 'your name for the desk, such as "reception laptop"', '')
    .action(async (options) => (await import('./verb/token.ts')).token(options))
  const desks = verb(command, 'desks', 'list the credentials of desks').action(async (options) =>
    (await import('./verb/desks.ts')).desks(options),
  )
  verb(desks, 'revoke', 'shut out a desk permanently, such as a stolen one')
    .argument('<credential>', 'its credential in `rex-gateway desks`, or the first digits', credential)
    .action(async (credential, _, sub) =>
      (await import('./verb/desks.ts')).revoke(credential, sub.optsWithGlobals()),
    )
  verb(command, 'reset', "give up the organisation's identity after its desk was lost without a backup")
    .option('--yes', 'confirm that you understand the consequences')
    .action(async (options) => (await import('./verb/reset.ts')).reset(options))
  verb(command, 'peers', 'list paired organisations').action(async (options) =>
    (await import('./verb/peers.ts')).peers(options),
  )
  verb(command, 'queue', 'list envelopes that wait for other gateways').action(async (options) =>
    (await import('./verb/queue.ts')).queue(options),
  )
  verb(command, 'retry', 'dial an organisation, or all, at once')
    .argument('[organisation]', 'entity identifier', organisation, '')
    .action(async (organisation, options) => (await import('./verb/retry.ts')).retry(organisation, options))
  verb(
    command,
    'status',
    'show the state of the gateway; exit code 0: well, 1: look soon, 2: act now',
  ).action(async (options) => (await import('./verb/status.ts')).status(options))
  return command
}

function verb(command: Command, name: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .option('--dir <directory>', "the gateway's directory", path, DIRECTORY)
    .option('--json', 'one JSON object instead of text')
}
