// `rex-desk revoke`: revoke a message key. docs/guide/rex-desk.md, "A key may be known to others"

import { Command, Option } from 'commander'
import { REVOKE_REASONS, type RevokeReason, type SigningKey } from '../../../client/api/keys.ts'
import { RexError } from '../../../core/error.ts'
import { openDesk, sendOut } from '../../desk.ts'
import { keyName, pastTime } from '../../input/parsers.ts'
import { safety, t } from '../../language/language.ts'
import { good, type Line, warn } from '../../output/lines.ts'
import { localTime } from '../../output/time.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell, say, show, showJson } from '../../shell.ts'
import { sure, yesOption } from '../sure.ts'

interface RevokeOptions extends Settings {
  readonly reason?: RevokeReason
  readonly since?: number
  readonly messageKey?: string
  readonly receiptKey?: string
  readonly yes?: boolean
}

export function revoke(shell: Shell): Command {
  const command = new Command('revoke')
    .summary('give up a message key; a new one takes over')
    .description(
      'Revokes the key that signs what you send: as planned (retired), or because others may know it (compromised). A new key takes over, ' +
        'and your statement says so at once. Without --reason, lists the keys. With --json: one line for each key.',
    )
    .addOption(new Option('--reason <reason>', 'why').choices([...REVOKE_REASONS]))
    .option(
      '--since <time>',
      'with compromised: the time from which others may have known it (default: now)',
      pastTime,
    )
    .option(
      '--message-key <name>',
      'with compromised: an earlier key, by its name (default: the key in use)',
      keyName,
    )
    .option(
      '--receipt-key <name>',
      'with compromised: a receipt key of your gateway, by its name, instead of a message key',
      keyName,
    )
    .addHelpText('after', example('rex-desk revoke --reason compromised --since "2026-03-04 14:05"'))
    .action(() => run(shell, command.optsWithGlobals()))
  return yesOption(command)
}

async function run(shell: Shell, options: RevokeOptions): Promise<void> {
  await using desk = await openDesk(shell, options)
  const keys = await desk.messageKeys()
  const { reason, since, messageKey: key, receiptKey } = options
  if (reason === undefined) return list(shell, options, { keys, receipts: await desk.receiptKeys() })
  if (!desk.reachable)
    throw new RexError(
      'UNAVAILABLE',
      'Nothing was revoked: your gateway has to publish it, and does not answer.',
    )
  const chosen = key ?? keys[0]?.key ?? ''
  say(
    shell,
    receiptKey === undefined
      ? consequences(reason, { key: chosen, inUse: chosen === keys[0]?.key, sinceMs: since ?? shell.now() })
      : receiptConsequences(receiptKey),
  )
  await sure(shell, options, safety`Revoke it? This cannot be undone.`)
  const revoked = await desk.revoke({ reason, ...given({ sinceMs: since, key, receiptKey }) })
  await sendOut(shell, desk)
  const again = revoked.signedAgain === 0 ? [] : [t`Signed again before they left: ${revoked.signedAgain}.`]
  answer(shell, options, {
    value: revoked,
    lines: [
      [good(t`Revoked.`), ' ', t`The key in use is ${revoked.current}.`],
      t`Your gateway has the new statement and passes it on.`,
      ...again,
    ],
  })
}

function list(
  shell: Shell,
  { json }: Settings,
  { keys, receipts }: { readonly keys: readonly SigningKey[]; readonly receipts: readonly SigningKey[] },
): void {
  if (json === true) for (const key of keys) showJson(shell, key)
  if (json === true) for (const key of receipts) showJson(shell, { ...key, of: 'gateway' })
  if (json !== true)
    show(shell, [...keys.map(lineOf), t`Receipt keys of your gateway:`, ...receipts.map(lineOf)])
}

function lineOf({ key, sinceMs, revoked }: SigningKey): Line {
  const since = t`since ${localTime(sinceMs)}`
  if (revoked === undefined) return [`${key}  `, good(t`in use`), `, ${since}`]
  return [`${key}  `, warn(t(revoked.reason)), ' ', t`as of ${localTime(revoked.atMs)}; ${since}`]
}

/** Describes what a revocation will do. */
function consequences(
  reason: RevokeReason,
  { key, inUse, sinceMs }: { readonly key: string; readonly inUse: boolean; readonly sinceMs: number },
): Line[] {
  if (reason === 'retired')
    return [
      t`The message key ${key} is retired, and a new key signs from now on.`,
      t`Evidence: what the old key signed stays proven.`,
      t`Partners: they get the new statement at once, and accept what the old key signed for 14 days more. Nobody has to do anything.`,
    ]
  return [
    [
      warn(t`Compromised: `),
      t`others may know the message key ${key} since ${localTime(sinceMs)}.`,
      ...(inUse ? [' ', t`A new key signs from now on.`] : []),
    ],
    safety`Evidence: of what the old key signed, only what another organisation provably had before that time stays proven. Receipts that it signed no longer prove anything. No later statement can reverse this.`,
    t`Partners: they get the new statement at once, and refuse what the old key signed from then on. Messages of yours that have not left are signed again. If a partner refuses a message that is in transit, you are told: send it again.`,
    safety`It does not help if others have the desk itself and its passphrase: they then have your other keys too. See the guide, "A key may be known to others".`,
  ]
}

function receiptConsequences(key: string): Line[] {
  return [
    [warn(t`Compromised: `), t`others may know the receipt key ${key} of your gateway.`],
    safety`Evidence: stored receipts that it signed no longer prove anything, whatever their date. What desk receipts confirm stays proven.`,
    t`Partners: they no longer accept stored receipts signed by it. If it is still in use, your gateway makes a new one at once.`,
  ]
}
