// The rex-gateway command. Each verb has its own file, which is loaded on demand. docs/guide/gateway.md
import { readFileSync } from 'node:fs'
import { keepOutOfCoreDumps, outliveReaders, refuseDebugger, refuseLeaks } from '@rex/sdk/process'
import { Command, CommanderError } from 'commander'
import { afterOptions, HELP, type HelpName } from './help.ts'
import { credential, deskName, newOrganisation, organisation, path, rotated } from './parsers.ts'
import { fail, printable } from './terminal.ts'

const DIRECTORY = './rex-gateway'
/** Umask with which only the owner can read the files that the gateway creates (T-119). */
const OWNER_ONLY = 0o077

/** Runs the command as a separate process, and sets its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  process.umask(OWNER_ONLY)
  refuseDebugger()
  keepOutOfCoreDumps()
  outliveReaders('rex-gateway')
  await execute(argv.slice(2), () => refuseLeaks(process))
}

/** Runs `check`, then executes a command line and sets the exit code of the process. */
export async function execute(args: readonly string[], check: () => void = () => {}): Promise<void> {
  const json = args.includes('--json')
  try {
    check()
    await program(json).parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    process.exitCode = fail(error, { json })
  }
}

/** Creates the command with its verbs. If `json`, prints commander's usage errors as JSON. */
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
  addFounding(command)
  addDesks(command)
  addWatching(command)
  return command
}

/** Adds the verbs that create, run and repair a gateway. */
function addFounding(command: Command): void {
  verb(command, 'init')
    .requiredOption(
      '--organisation <id>',
      'your entity identifier, such as https://hotline.example (required)',
      newOrganisation,
    )
    .requiredOption(
      '--listen <host:port>',
      'address to listen at, for other gateways and desks; enrolment and health use the next two ports (required)',
    )
    .option('--endpoint <host:port>', 'address at which others reach it (default: that of --listen)')
    .action(async (options) => (await import('./verb/init.ts')).init(options))
  verb(command, 'start').action(async (options) => (await import('./verb/start.ts')).start(options))
  verb(command, 'rotate')
    .argument('<key>', '`receipt`, `certificate` or `authority`', rotated)
    .option('--anyway', 'with authority: complete the change although some do not know the next one')
    .action(async (key, options) => (await import('./verb/keys/rotate.ts')).rotate(key, options))
  addBackups(command)
}

/** Adds the verbs for backups. */
function addBackups(command: Command): void {
  const kitFile = (of: Command, about: string) => of.option('--kit-file <file>', about, path)
  kitFile(verb(command, 'kit'), 'write the words to a new file that only you can read')
    .option('--new', 'make another kit; earlier backups still need the words of the one before')
    .action(async (options) => (await import('./verb/kit.ts')).kit(options))
  kitFile(verb(command, 'backup'), 'with --verify: the 24 words, in a file that only you can read')
    .argument('<file>', 'the backup', path)
    .option('--verify', 'check this backup instead of making it')
    .option('--overwrite', 'replace the file if it exists')
    .action(async (file, options) => (await import('./verb/backup.ts')).backup(file, options))
  kitFile(verb(command, 'restore'), 'the 24 words, in a file that only you can read')
    .argument('[file]', 'the backup (default: the files of the store were put back)', path)
    .action(async (file, options) => (await import('./verb/restore.ts')).restore(file, options))
}

/** Adds the verbs about the desks of the organisation. */
function addDesks(command: Command): void {
  verb(command, 'token')
    .option('--name <name>', 'your name for the desk, such as "reception laptop"', deskName)
    .action(async (options) => (await import('./verb/token.ts')).token(options))
  const desks = verb(command, 'desks').action(async (options) =>
    (await import('./verb/desks.ts')).desks(options),
  )
  verb(desks, 'revoke')
    .argument('<credential>', 'its credential in `rex-gateway desks`, or the first digits', credential)
    .action(async (credential, _, sub) =>
      (await import('./verb/desks.ts')).revoke(credential, sub.optsWithGlobals()),
    )
  verb(command, 'reset')
    .option('--yes', 'confirm that you understand the consequences')
    .action(async (options) => (await import('./verb/reset.ts')).reset(options))
}

/** Adds the verbs about mail and peers. */
function addWatching(command: Command): void {
  verb(command, 'peers').action(async (options) => (await import('./verb/peers.ts')).peers(options))
  verb(command, 'queue').action(async (options) => (await import('./verb/queue.ts')).queue(options))
  verb(command, 'retry')
    .argument('[organisation]', 'its entity identifier (default: all)', organisation)
    .action(async (organisation, options) => (await import('./verb/retry.ts')).retry(organisation, options))
  verb(command, 'status').action(async (options) => (await import('./verb/status.ts')).status(options))
}

function verb(command: Command, name: HelpName): Command {
  const { summary, about } = HELP[name]
  return command
    .command(name)
    .summary(summary)
    .description(about)
    .option('--dir <directory>', "the gateway's directory", path, DIRECTORY)
    .option('--json', 'one JSON object instead of text')
    .addHelpText('after', afterOptions(name))
}
