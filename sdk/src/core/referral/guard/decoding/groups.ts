// Joins data that is written in groups of the same length, as in "iVBO Rw0K Ggo=". docs/spec/referral.md, "Content guard"

/** Minimum number of consecutive groups of the same length. Ordinary texts, too, contain a few in a row. */
export const FEWEST_GROUPS = 12
/** Maximum length of a group. Longer groups are recognised without being joined. */
const LONGEST_GROUP = 24
const MARKS = /[\s\u200b,;|"'`]+/
/** Separators that include the hyphen, which is a digit of some encodings. */
const DASHES = /[\s-]+/

/** Returns the data in each run of groups of the same length. The last group of a run may be shorter. */
export function grouped(text: string): string[] {
  const found = runsOf(text.split(MARKS))
  return found.length > 0 || !text.includes('-') ? found : runsOf(text.split(DASHES))
}

function runsOf(groups: readonly string[]): string[] {
  const runs: string[] = []
  for (let from = 0, at = 1; at <= groups.length; at++) {
    const length = (groups[from] as string).length
    if (groups[at]?.length === length) continue
    if (at - from >= FEWEST_GROUPS && length <= LONGEST_GROUP)
      runs.push(groups.slice(from, at + ((groups[at]?.length ?? length) < length ? 1 : 0)).join(''))
    from = at
  }
  return runs
}

/**
 * Joins the entries of a list if they are texts of the same length (the last may be shorter). Returns undefined for other
 * lists.
 */
export function groupedList(entries: readonly unknown[]): string | undefined {
  if (entries.length < FEWEST_GROUPS) return undefined
  const [first] = entries
  if (typeof first !== 'string' || first === '' || first.length > LONGEST_GROUP) return undefined
  const fits = (entry: unknown, i: number) =>
    typeof entry === 'string' &&
    (entry.length === first.length || (i === entries.length - 1 && entry.length < first.length))
  return entries.every(fits) ? entries.join('') : undefined
}
