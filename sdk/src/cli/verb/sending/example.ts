// `rex-desk example`: write a valid referral to start from. docs/guide/rex-desk.md, "Referral files"

import { Command } from 'commander'
import { closest } from '../../../core/referral/messages/closest.ts'
import advisory from '../../example/advisory.json' with { type: 'json' }
import contentRemoval from '../../example/content-removal.json' with { type: 'json' }
import contentVerification from '../../example/content-verification.json' with { type: 'json' }
import informationRequest from '../../example/information-request.json' with { type: 'json' }
import lawEnforcementReport from '../../example/law-enforcement-report.json' with { type: 'json' }
import victimSupport from '../../example/victim-support.json' with { type: 'json' }
import { UsageError } from '../../exit.ts'
import { label } from '../../language/language.ts'
import { columns, type Line, name } from '../../output/lines.ts'
import { example as helpExample, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'

/** An example of each kind. All are rehearsals with invented people. */
export const EXAMPLES: Readonly<Record<string, object>> = {
  'victim-support': victimSupport,
  'law-enforcement-report': lawEnforcementReport,
  'content-removal': contentRemoval,
  'content-verification': contentVerification,
  'information-request': informationRequest,
  advisory,
}

export function example(shell: Shell): Command {
  const command = new Command('example')
    .summary('print a valid referral to start from')
    .description(
      'Prints a valid referral to start from, or without a kind, the list of kinds. Each example is marked as a rehearsal: set "test" to false for a real case.',
    )
    .argument('[kind]', 'kind of referral, such as victim-support')
    .addHelpText('after', helpExample('rex-desk example victim-support > referral.json'))
    .action((kind: string | undefined) => run(shell, kind, command.optsWithGlobals()))
  return command
}

function run(shell: Shell, kind: string | undefined, settings: Settings): void {
  if (kind === undefined) answer(shell, settings, { value: KINDS, lines: overview() })
  else shell.stdout.write(`${JSON.stringify(found(kind), null, 2)}\n`)
}

const KINDS = Object.keys(EXAMPLES)

function overview(): Line[] {
  return columns(KINDS.map((kind) => [name(kind), label('referral-kind', kind)]))
}

function found(kind: string): object {
  const known = Object.hasOwn(EXAMPLES, kind) ? EXAMPLES[kind] : undefined
  if (known !== undefined) return known
  const near = closest(kind, KINDS)
  const meant = near === undefined ? '' : `Did you mean ${near}? `
  throw new UsageError(`There is no kind "${kind}".`, `${meant}\`rex-desk example\` lists the kinds.`)
}
