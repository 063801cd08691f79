// The options of `rex-desk inbox` by which referrals are found. docs/guide/rex-desk.md
import type { Command } from 'commander'
import type { ThreadsOptions } from '../../../client/api/desk.ts'
import { filter, line, organisation, type TypedTime, time } from '../../input/parsers.ts'
import { readText } from '../../input/text.ts'
import type { Shell } from '../../shell.ts'

/** The filter options, as the user typed them. */
export interface FilterOptions extends Omit<ThreadsOptions, 'due' | 'text' | 'counterpart'> {
  readonly with?: string
  readonly due?: TypedTime
  readonly find?: boolean
}

/** Adds the filter options to a command. */
export function withFilters(command: Command): Command {
  return command
    .option('--with <organisation>', 'only referrals with this organisation', organisation)
    .option('--kind <kind>', 'only referrals of this kind', filter('kind'))
    .option('--state <state>', 'only referrals in this state', filter('state'))
    .option('--responsible <organisation>', 'only what this organisation is responsible for', organisation)
    .option('--due <time>', 'only where a step is due by then, such as 2d or 2026-12-24', time)
    .option('--ref <reference>', 'only referrals with your own reference', line(255))
    .option('--group <id>', 'only the referrals of a group', filter('group'))
    .option('--find', 'only referrals with the words that you type, or give on standard input')
}

/** Reads the filters. Returns undefined if there are none. A text to find may be a name, so it is never an argument (T-119). */
export async function readFilters(
  shell: Shell,
  { with: counterpart, kind, state, responsible, due, ref, group, find = false }: FilterOptions,
): Promise<ThreadsOptions | undefined> {
  const help = ['Names, telephone numbers, identifiers or references: whole words.']
  const given = {
    ...{ counterpart, kind, state, responsible, ref, group },
    due: due?.ms,
    text: find ? (await readText(shell, { help })).replace(/\s+/g, ' ') : undefined,
  }
  const filters = Object.entries(given).filter(([, value]) => value !== undefined)
  return filters.length === 0 ? undefined : Object.fromEntries(filters)
}
