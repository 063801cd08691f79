// The verbs of `rex-desk`, grouped for the help. docs/guide/rex-desk.md

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { translateHelp } from './language/help.ts'
import { directed } from './language/isolate.ts'
import { t } from './language/language.ts'
import { wantsColour } from './output/screen.ts'
import { widthOf } from './output/wrap.ts'
import { withSettings } from './settings.ts'
import type { Shell } from './shell.ts'
import { kit } from './verb/access/kit.ts'
import { passphrase } from './verb/access/passphrase.ts'
import { recover } from './verb/access/recover.ts'
import { accept } from './verb/answering/accept.ts'
import { attestRecall } from './verb/answering/attest-recall.ts'
import { complete } from './verb/answering/complete.ts'
import { decline } from './verb/answering/decline.ts'
import { fail } from './verb/answering/fail.ts'
import { progress } from './verb/answering/progress.ts'
import { requestInfo } from './verb/answering/request-info.ts'
import { waitlist } from './verb/answering/waitlist.ts'
import { correct } from './verb/continuing/correct.ts'
import { disclose } from './verb/continuing/disclose.ts'
import { enterInError } from './verb/continuing/enter-in-error.ts'
import { provideInfo } from './verb/continuing/provide-info.ts'
import { recall } from './verb/continuing/recall.ts'
import { withdraw } from './verb/continuing/withdraw.ts'
import { consent } from './verb/either-side/consent.ts'
import { feedback } from './verb/either-side/feedback.ts'
import { note } from './verb/either-side/note.ts'
import { resolve } from './verb/either-side/resolve.ts'
import { erase } from './verb/keeping/erase.ts'
import { erased } from './verb/keeping/erased.ts'
import { hold } from './verb/keeping/hold.ts'
import { retention } from './verb/keeping/retention.ts'
import { revoke } from './verb/keys/revoke.ts'
import { rotate } from './verb/keys/rotate.ts'
import { alerts } from './verb/program/alerts.ts'
import { audit } from './verb/program/audit.ts'
import { parked } from './verb/program/parked.ts'
import { receive } from './verb/program/receive.ts'
import { schema } from './verb/program/schema.ts'
import { serve } from './verb/program/serve.ts'
import { token } from './verb/program/token.ts'
import { webhooks } from './verb/program/webhooks.ts'
import { exportThread } from './verb/proof/export.ts'
import { verify } from './verb/proof/verify.ts'
import { changes } from './verb/reading/changes.ts'
import { inbox } from './verb/reading/inbox.ts'
import { seen } from './verb/reading/seen.ts'
import { show } from './verb/reading/show.ts'
import { watch } from './verb/reading/watch.ts'
import { codes } from './verb/sending/codes.ts'
import { example } from './verb/sending/example.ts'
import { importCase } from './verb/sending/import.ts'
import { lint } from './verb/sending/lint.ts'
import { preview } from './verb/sending/preview.ts'
import { send } from './verb/sending/send.ts'
import { split } from './verb/sending/split.ts'
import { backup } from './verb/setup/backup.ts'
import { enrol } from './verb/setup/enrol.ts'
import { init } from './verb/setup/init.ts'
import { invite } from './verb/setup/invite.ts'
import { needs } from './verb/setup/needs.ts'
import { pair } from './verb/setup/pair.ts'
import { peers } from './verb/setup/peers.ts'
import { restore } from './verb/setup/restore.ts'
import { status } from './verb/setup/status.ts'
import { unpair } from './verb/setup/unpair.ts'

type Verb = (shell: Shell) => Command

/** The verbs, grouped by task. */
const GROUPS: readonly (readonly [heading: string, verbs: readonly Verb[]])[] = [
  ['Every day:', [inbox, show, watch, seen]],
  ['Send a referral:', [example, importCase, lint, preview, split, send, codes]],
  [
    'Answer a referral that you received:',
    [accept, decline, requestInfo, waitlist, progress, complete, fail, attestRecall],
  ],
  ['Continue a referral that you sent:', [provideInfo, disclose, correct, withdraw, recall, enterInError]],
  ['Either side:', [note, consent, feedback, resolve]],
  ['Keep or erase:', [erase, erased, hold, retention]],
  ['Prove what happened:', [exportThread, verify]],
  ['Connect a program:', [serve, token, audit, receive, parked, schema, changes, webhooks, alerts]],
  ['Open the desk:', [passphrase, recover, kit]],
  [
    'Set up and maintain the desk:',
    [init, invite, pair, peers, unpair, needs, revoke, rotate, status, backup, restore, enrol],
  ],
]

const helpEnd = () => `
${t`Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 75 try again later, 130 interrupted.`}
${t`Texts, passphrases and recovery kits are never arguments: give them on standard input, in an editor, at a prompt or in a file.`}`

/** Builds the whole `rex-desk` command, with all its verbs. */
export function buildProgram(shell: Shell): Command {
  const program = withSettings(new Command('rex-desk'))
    .description(
      'The desk of your organisation in REX, the Referral Exchange: send, answer and prove referrals.',
    )
    .version(versionOf())
    .helpOption('-h, --help', t`show help`)
    .usage(t`<verb> [options]`)
    .addHelpCommand(
      new Command('help').argument('[verb]').description(t`show the help of a verb`).helpGroup('More:'),
    )
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (verb) => verb.name(),
      styleTitle: (title) => t(title),
      displayWidth: widthOf,
    })
    .configureOutput({
      writeOut: (text) => shell.stdout.write(directed(text)),
      writeErr: (text) => shell.stderr.write(text),
      getOutHasColors: () => wantsColour(shell.stdout, shell.environment),
      outputError: () => {},
    })
    .exitOverride()
    .addHelpText('after', helpEnd())
  for (const [heading, verbs] of GROUPS) {
    for (const verb of verbs)
      program.addCommand(translateHelp(verb(shell).copyInheritedSettings(program).helpGroup(heading)))
  }
  return translateHelp(program)
}

function versionOf(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}
