// The verbs of `rex-desk`, grouped for the help. docs/guide/rex-desk.md
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { wantsColour } from './output/screen.ts'
import { withSettings } from './settings.ts'
import type { Shell } from './shell.ts'
import { accept } from './verb/accept.ts'
import { attestRecall } from './verb/attest-recall.ts'
import { codes } from './verb/codes.ts'
import { complete } from './verb/complete.ts'
import { consent } from './verb/consent.ts'
import { correct } from './verb/correct.ts'
import { decline } from './verb/decline.ts'
import { disclose } from './verb/disclose.ts'
import { enrol } from './verb/enrol.ts'
import { enterInError } from './verb/enter-in-error.ts'
import { example } from './verb/example.ts'
import { exportThread } from './verb/export.ts'
import { fail } from './verb/fail.ts'
import { feedback } from './verb/feedback.ts'
import { inbox } from './verb/inbox.ts'
import { init } from './verb/init.ts'
import { invite } from './verb/invite.ts'
import { lint } from './verb/lint.ts'
import { needs } from './verb/needs.ts'
import { note } from './verb/note.ts'
import { pair } from './verb/pair.ts'
import { parked } from './verb/parked.ts'
import { passphrase } from './verb/passphrase.ts'
import { peers } from './verb/peers.ts'
import { preview } from './verb/preview.ts'
import { progress } from './verb/progress.ts'
import { provideInfo } from './verb/provide-info.ts'
import { recall } from './verb/recall.ts'
import { receive } from './verb/receive.ts'
import { requestInfo } from './verb/request-info.ts'
import { resolve } from './verb/resolve.ts'
import { restore } from './verb/restore.ts'
import { seen } from './verb/seen.ts'
import { send } from './verb/send.ts'
import { show } from './verb/show.ts'
import { status } from './verb/status.ts'
import { unpair } from './verb/unpair.ts'
import { verify } from './verb/verify.ts'
import { waitlist } from './verb/waitlist.ts'
import { watch } from './verb/watch.ts'
import { withdraw } from './verb/withdraw.ts'

type Verb = (shell: Shell) => Command

/** The verbs, grouped by task. */
const GROUPS: readonly (readonly [heading: string, verbs: readonly Verb[]])[] = [
  ['Every day:', [inbox, show, watch, seen]],
  ['Send a referral:', [example, lint, preview, send, codes]],
  [
    'Answer a referral that you received:',
    [accept, decline, requestInfo, waitlist, progress, complete, fail, attestRecall],
  ],
  ['Continue a referral that you sent:', [provideInfo, disclose, correct, withdraw, recall, enterInError]],
  ['Either side:', [note, consent, feedback, resolve]],
  ['Prove what happened:', [exportThread, verify]],
  ['Connect a program:', [receive, parked]],
  [
    'Set up and maintain the desk:',
    [init, invite, pair, peers, unpair, needs, passphrase, status, restore, enrol],
  ],
]

const HELP_END = `
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 75 try again later, 130 interrupted.
Texts and passphrases are never arguments: give them on standard input, in an editor, at a prompt or in a file.`

/** The whole command. */
export function buildProgram(shell: Shell): Command {
  const program = withSettings(new Command('rex-desk'))
    .description(
      'The desk of your organisation in REX, the Referral Exchange: send, answer and prove referrals.',
    )
    .version(versionOf())
    .helpOption('-h, --help', 'show help')
    .usage('<verb> [options]')
    .addHelpCommand(
      new Command('help').argument('[verb]').description('show the help of a verb').helpGroup('More:'),
    )
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (verb) => verb.name() })
    .configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.stderr.write(text),
      getOutHasColors: () => wantsColour(shell.stdout, shell.environment),
      outputError: () => {},
    })
    .exitOverride()
    .addHelpText('after', HELP_END)
  for (const [heading, verbs] of GROUPS) {
    for (const verb of verbs)
      program.addCommand(verb(shell).copyInheritedSettings(program).helpGroup(heading))
  }
  return program
}

function versionOf(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}
