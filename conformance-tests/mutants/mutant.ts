// Mutants and their records. docs/guide/conformance.md
import { join } from 'node:path'
import type { Outcome } from '../runner/verdict.ts'
import { BadFile, readJson } from '../suite/read.ts'

export const ROOT = join(import.meta.dirname, '../..')

/** A deliberate fault: a piece of a source file and its replacement. */
export interface Mutant {
  readonly name: string
  /** A sentence about the implementation that describes the fault. */
  readonly title: string
  /** Path from the root of the repository. */
  readonly file: string
  /** Text that occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** Name of the case that kills the mutant. */
  readonly killer: string
  /** Number of the step at which the case fails, from 1. 0: it fails after all steps. Only mutants of gateways and desks. */
  readonly step?: number
  /** How the step fails. `late`: nothing came within the time limit. Any other value is the outcome of the case. Only with `step`. */
  readonly fails?: Outcome | 'late'
  /** Whether this mutant must be chosen before the program starts. If false, a running program can also take on the fault. Default: false. */
  readonly atStart?: boolean
}

/** Implementations whose mutants the codec suites kill. */
export type Implementation = 'codec' | 'python'
export const RECORDS = {
  codec: 'mutants.json',
  desk: 'desk.json',
  gateway: 'gateway.json',
  python: 'python.json',
}

/** Reads the recorded mutants of an implementation. */
export function readMutants(of: keyof typeof RECORDS = 'codec'): Mutant[] {
  return readJson(recordOf(of)) as Mutant[]
}

/** Returns the file with the recorded mutants of an implementation. */
export const recordOf = (of: keyof typeof RECORDS) => join(import.meta.dirname, RECORDS[of])

/** Returns the file that a mutant changes. */
export const fileOf = ({ file }: Mutant) => join(ROOT, file)

/** Returns the source of a file with a fault. @throws BadFile if the mutant does not fit */
export function mutate(source: string, { name, file, find, replace }: Mutant): string {
  const parts = source.split(find)
  if (parts.length !== 2) throw new BadFile(`${name}: its text occurs ${parts.length - 1} times in ${file}.`)
  return parts.join(replace)
}
