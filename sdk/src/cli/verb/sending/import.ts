// `rex-desk import`: convert a case of another system to a referral file. docs/guide/rex-desk.md, "Cases of other systems"

import { Command } from 'commander'
import { type Adapter, type Imported, primero } from '../../../adapters/index.ts'
import { readJson } from '../../../core/input/json.ts'
import { decodeText } from '../../../core/input/text.ts'
import { closest } from '../../../core/referral/messages/closest.ts'
import { readBounded } from '../../../process/read-file.ts'
import { UsageError } from '../../exit.ts'
import { count, language as languageTag } from '../../input/parsers.ts'
import { safety, t } from '../../language/language.ts'
import { good, heading, type Line, name, warn } from '../../output/lines.ts'
import { saveNew } from '../../output/save.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'
import { lossLines } from '../../view/referral/losses.ts'

interface ImportSettings extends Settings {
  readonly out?: string
  readonly case?: number
  readonly test?: boolean
  readonly language?: string
}

/** Bounds for exports of other systems, which are larger than a referral, have more fields and contain decimals (REX-REF-124). */
const EXPORT = { path: 'The input', limit: 16 * 1024 * 1024 }
const FOREIGN = { members: 4096, decimals: true }
const ADAPTERS: Readonly<Record<string, Adapter<unknown>>> = { primero }

export function importCase(shell: Shell): Command {
  const command = new Command('import')
    .summary('make a referral file of a case of another system')
    .description(
      'Makes a referral file of a case that another system has exported as JSON, and shows everything that it could not carry over. Sends nothing.',
    )
    .argument('<system>', `the system: ${Object.keys(ADAPTERS).join(', ')}`)
    .argument('<file>', 'the case, as that system exports it; - is standard input')
    .option('--out <file>', 'where to save the referral; default: only show what would be lost')
    .option('--case <number>', 'which case of the file, counted from 1', count(1))
    .option('--language <tag>', 'language of its free texts, such as ar; default: not known', languageTag)
    .option('--test', 'mark it as a rehearsal')
    .addHelpText('after', example('rex-desk import primero case.json --out referral.json'))
    .action((system: string, file: string) => run(shell, { system, file }, command.optsWithGlobals()))
  return command
}

interface Source {
  readonly system: string
  readonly file: string
}

async function run(shell: Shell, { system, file }: Source, options: ImportSettings): Promise<void> {
  const adapter = adapterOf(system)
  const bytes = await readBounded(file === '-' ? shell.stdin : file, EXPORT)
  const input = readJson(decodeText(bytes, EXPORT), EXPORT, FOREIGN)
  const { case: number, test, language, out } = options
  const imported = adapter.toReferral(input, given({ case: number, test, language }))
  if (out !== undefined) await saveNew(out, `${JSON.stringify(imported.referral, null, 2)}\n`)
  answer(shell, options, {
    value: { ...(out === undefined ? { referral: imported.referral } : { out }), losses: imported.losses },
    lines: [...lossLines(imported.losses), ...nextLines(imported, out)],
  })
}

function nextLines({ referral }: Imported, out: string | undefined): Line[] {
  if (out === undefined) return ['', t`Nothing was saved. With --out, the referral is saved to a file.`]
  return [
    ...heading(t`Next`),
    [good(t`Saved as ${out}.`), ' ', t`Read it, and add what the recipient needs.`],
    [t`This says what is still missing: `, name(`rex-desk lint ${out}`)],
    ...(referral.test
      ? []
      : [[warn(safety`It is a real case.`), ' ', safety`Protect the file like the case itself.`]]),
  ]
}

function adapterOf(system: string): Adapter<unknown> {
  const known = Object.hasOwn(ADAPTERS, system) ? ADAPTERS[system] : undefined
  if (known !== undefined) return known
  const names = Object.keys(ADAPTERS)
  const near = closest(system, names)
  throw new UsageError(
    `There is no adapter for "${system}".`,
    near === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${near}?`,
  )
}
