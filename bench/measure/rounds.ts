// Interleaved rounds: every candidate runs once per round, so that machine drift affects all candidates equally. docs/guide/benchmark.md

/** Length of a measurement. */
export interface Effort {
  readonly rounds: number
  /** Length of one measurement, milliseconds. */
  readonly ms: number
}

/** A function that takes one measurement and returns its figure. */
type Candidate = () => Promise<number>

/** Figures of each candidate, one per round. */
type Rounds<Name extends string> = Readonly<Record<Name, readonly number[]>>

/**
 * Runs each candidate once to warm up and once per round. Each round starts with a different candidate. A run of a single round is no
 * measurement, and has no warm-up.
 */
export async function interleave<Name extends string>(
  candidates: Readonly<Record<Name, Candidate>>,
  rounds: number,
): Promise<Rounds<Name>> {
  const names = Object.keys(candidates) as Name[]
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  if (rounds > 1) for (const name of names) await candidates[name]()
  for (let round = 0; round < rounds; round++) {
    for (const name of rotated(names, round)) {
      global.gc?.()
      figures[name].push(await candidates[name]())
    }
  }
  return figures
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2
}

/** Returns the median of the ratios of two candidates, one ratio per round. */
export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number {
  return median(numerators.map((value, round) => value / (denominators[round] as number)))
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const start = by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}
