// `rex-desk needs`: set the information that the organisation needs in referrals to it. docs/guide/rex-desk.md, "What you need"

import { join } from 'node:path'
import { Command } from 'commander'
import { writeDurably } from '../../../client/keys/durable.ts'
import { NEEDS_FILE, readNeeds, readOwn } from '../../../client/local-config.ts'
import { type Needs, parseNeeds } from '../../../core/referral/needs.ts'
import { openDesk } from '../../desk.ts'
import { t } from '../../language/language.ts'
import { dim, good, type Line } from '../../output/lines.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { contentLines } from '../../view/referral/referral.ts'

export function needs(shell: Shell): Command {
  const command = new Command('needs')
    .summary('publish the kinds you accept and the fields you need')
    .description(
      'Publishes which kinds of referral your organisation accepts, and which fields a referral must and should have. Senders see missing fields before they send. Without a file, shows what is published.',
    )
    .argument('[file]', 'the needs, JSON by kind: {"victim-support": {"must": ["triage.risk"]}}')
    .addHelpText('after', example('rex-desk needs needs.json'))
    .action((file: string | undefined) => run(shell, file, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, file: string | undefined, settings: Settings): Promise<void> {
  const stated = file === undefined ? await readNeeds(settings.dir) : await publish(shell, file, settings)
  answer(shell, settings, { value: { needs: stated ?? null }, lines: needsLines(stated) })
}

/** Opens the desk, which publishes the needs in its directory. */
async function publish(shell: Shell, file: string, settings: Settings): Promise<Needs> {
  const stated = await readOwn(file, parseNeeds)
  await writeDurably(join(settings.dir, NEEDS_FILE), `${JSON.stringify(stated, null, 2)}\n`)
  await using desk = await openDesk(shell, settings)
  if (desk.isShared) {
    say(shell, [[dim(t`Saved. The service publishes it when it is started again.`)]])
    return stated
  }
  if (desk.reachable) await desk.invite()
  say(shell, [
    desk.reachable ? [good(t`Published.`)] : [dim(t`Saved. The desk publishes it when the gateway answers.`)],
  ])
  return stated
}

function needsLines(stated: Needs | undefined): Line[] {
  if (stated === undefined) return [t`You accept all kinds and have published no needs.`]
  return Object.entries(stated).flatMap(([kind, one]) => [kind, ...contentLines({ ...one }, 2)])
}
