// `rex-desk split`: divide a referral with too many items into a group. docs/guide/rex-desk.md, "Many items"

import { randomBytes } from 'node:crypto'
import { access, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { Command } from 'commander'
import { readPresets } from '../../../client/local-config.ts'
import { splitReferral } from '../../../client/send/split.ts'
import { RexError } from '../../../core/error.ts'
import { readJson } from '../../../core/input/json.ts'
import type { Draft } from '../../../core/referral/index.ts'
import { UsageError } from '../../exit.ts'
import { readSource } from '../../input/referral.ts'
import { t } from '../../language/language.ts'
import { good, type Line, name } from '../../output/lines.ts'
import { progressOn } from '../../output/progress.ts'
import { saveNew } from '../../output/save.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'
import { type ConfirmSettings, confirmOption } from '../confirm.ts'

/** Maximum size of a file to divide. Bytes. */
const LIMIT = 64 * 1024 * 1024

interface SplitOptions extends Settings, ConfirmSettings {
  readonly out?: string
}

export function split(shell: Shell): Command {
  const command = new Command('split')
    .summary('divide a referral with too many items into a group')
    .description(
      'Writes the referral as several files that each fit into one message. Every item is in exactly one of them. Nothing is sent; ' +
        'the file itself stays as it is.',
    )
    .argument('<file>', 'the referral; - is standard input')
    .option('--out <name>', 'beginning of the names of the parts (default: the name of the file)')
    .addHelpText(
      'after',
      example('rex-desk split night.json', 'rex-desk send night-*.json --group --to https://hotline.example'),
    )
    .action((file: string) => run(shell, file, command.optsWithGlobals()))
  return confirmOption(command)
}

async function run(shell: Shell, file: string, options: SplitOptions): Promise<void> {
  const prefix = options.out ?? prefixOf(file)
  const text = await readSource(shell, file, LIMIT)
  const draft = readJson(text, { limit: LIMIT }) as Draft
  const progress = progressOn(shell.stderr, text.length)
  const all = Array.isArray(draft?.items) ? draft.items.length : 0
  progress.at(t`Checking`, 0, 1)
  const parts = await partsOf(draft, options, shell, (done) => progress.at(t`Dividing`, done, all)).finally(
    progress.end,
  )
  const files = parts.length === 1 ? [] : await saveParts(prefix, parts)
  answer(shell, options, {
    value: { parts: files.map((path, i) => ({ file: path, items: parts[i]?.items?.length ?? 0 })) },
    lines: lines(files, parts),
  })
}

async function partsOf(
  draft: Draft,
  { dir, confirm }: SplitOptions,
  shell: Shell,
  onPart: (items: number) => void,
): Promise<Draft[]> {
  const presets = await readPresets(dir)
  const group = randomBytes(16).toString('hex')
  return splitReferral(draft, { group, presets, now: shell.now(), onPart, ...given({ confirm }) })
}

function prefixOf(file: string): string {
  if (file !== '-') return file.replace(/\.json$/, '')
  throw new UsageError('The parts have no name.', 'Give one with --out.')
}

/** Writes either all parts or none. The file names sort in the order of the parts. @throws RexError ALREADY_EXISTS */
async function saveParts(prefix: string, parts: readonly Draft[]): Promise<string[]> {
  const width = String(parts.length).length
  const files = parts.map((_, i) => `${prefix}-${String(i + 1).padStart(width, '0')}.json`)
  for (const file of files) if (await exists(file)) throw alreadyThere(file)
  const saved: string[] = []
  try {
    for (const [i, file] of files.entries()) {
      await saveNew(file, `${JSON.stringify(parts[i], undefined, 1)}\n`)
      saved.push(file)
    }
  } catch (error) {
    await Promise.all(saved.map((file) => rm(file, { force: true })))
    throw error
  }
  return files
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

function alreadyThere(file: string): RexError {
  return new RexError('ALREADY_EXISTS', `There is already a file ${file}.`, {
    hint: 'Choose another name with --out.',
  })
}

function lines(files: readonly string[], parts: readonly Draft[]): Line[] {
  const [first] = files
  if (first === undefined) return [t`It fits into one message: nothing needs to be divided.`]
  return [
    [good(t`Divided into ${files.length} parts.`)],
    ...files.map((file, i): Line => ['  ', name(file), ': ', t`${parts[i]?.items?.length ?? 0} items`]),
    [
      t`Send them together: `,
      name(`rex-desk send ${files.map((file) => basename(file)).join(' ')} --group --to …`),
    ],
  ]
}
