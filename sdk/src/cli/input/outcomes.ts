// Reads outcomes of single items, from options or, for thousands of items, from a file. docs/guide/rex-desk.md, "Many items"
import type { Command } from 'commander'
import type { ItemOutcomeInput } from '../../client/api/verb-inputs.ts'
import { RexError } from '../../core/error.ts'
import { readJson } from '../../core/input/json.ts'
import type { Shell } from '../shell.ts'
import { checkedCode } from './code.ts'
import { outcomes } from './parsers.ts'
import { readSource } from './referral.ts'

/** Options of verbs that can report outcomes. */
export interface OutcomeOptions {
  readonly outcome?: readonly ItemOutcomeInput[]
  readonly outcomes?: string
}

/** Adds the options `--outcome` and `--outcomes`. */
export function outcomeOptions(command: Command): Command {
  return command
    .option('--outcome <item=code>', 'outcome of an item (repeatable)', outcomes)
    .option(
      '--outcomes <file>',
      'a file of outcomes, one {"item":"u1","code":"removed"} a line; - is standard input',
    )
}

/** Reads all given outcomes. Returns undefined if there are none. @throws RexError MALFORMED with the line */
export async function readOutcomes(
  shell: Shell,
  { outcome, outcomes: file }: OutcomeOptions,
): Promise<ItemOutcomeInput[] | undefined> {
  const all = [
    ...(outcome ?? []),
    ...(file === undefined ? [] : parseOutcomes(await readSource(shell, file))),
  ]
  return all.length === 0
    ? undefined
    : all.map((entry) => ({ ...entry, code: checkedCode('item-outcome', entry.code) }))
}

/** Parses outcomes from JSON lines. */
export function parseOutcomes(text: string): ItemOutcomeInput[] {
  return text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [parseOutcome(line, `line ${i + 1}`)]))
}

function parseOutcome(line: string, path: string): ItemOutcomeInput {
  const { item, code, timeMs, ...others } = parseObject(line, path)
  const known = typeof item === 'string' && typeof code === 'string' && Object.keys(others).length === 0
  if (!known || (timeMs !== undefined && !Number.isSafeInteger(timeMs)))
    throw new RexError('MALFORMED', `The outcome in ${path} is not valid.`, {
      path,
      hint: 'Write lines like {"item":"u1","code":"removed","timeMs":1772629500000}.',
    })
  return { item, code, ...(timeMs !== undefined && { timeMs: timeMs as number }) }
}

function parseObject(line: string, path: string): Record<string, unknown> {
  try {
    return { ...Object(readJson(line)) }
  } catch (cause) {
    const said = RexError.from(cause).message.replace(/ at line 1, /, ' at ')
    throw new RexError('MALFORMED', `The outcome in ${path} is not acceptable JSON: ${said}`, {
      path,
      cause,
      hint: 'Write one JSON object per line, with each member only once, and with whole numbers.',
    })
  }
}
