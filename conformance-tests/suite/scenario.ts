// A scenario: requests to the program under test, actions of its peers, and the expected observations. docs/guide/conformance.md
import { basename, join } from 'node:path'
import { SCENARIOS } from './folders.ts'
import { BadFile, type JsonFile, listed } from './read.ts'
import { unnamedIn } from './references.ts'
import { type Reader, readerBy } from './schema.ts'
import { nameOf } from './vectors.ts'

/** One step: `do` is its name, and the other members are its input. */
export interface Step {
  readonly do: string
  readonly [member: string]: unknown
}

/** A scenario, from one file of a suite. */
export interface Scenario {
  /** Name of the folder in `scenarios/KIND/`. */
  readonly suite: string
  /** Name of the file without `.json`. */
  readonly name: string
  /** A sentence about the program under test that describes the scenario. */
  readonly title: string
  /** Requirements of `docs/spec` that the scenario tests. */
  readonly requirements: readonly string[]
  /** Features that the scenario needs. A target that lacks one skips the scenario. */
  readonly features: readonly string[]
  readonly steps: readonly Step[]
}

type ScenarioFile = Omit<Scenario, 'suite' | 'name' | 'features'> & Partial<Pick<Scenario, 'features'>>

const readers = new Map<string, Reader<ScenarioFile>>()

/**
 * Reads the suites of a kind, which are the folders in `folder`. The name of `folder` is the kind. `names`: names of suites; default: all. @throws
 * BadFile with the faults of every file
 */
export function readScenarios(
  folder: string,
  names: readonly string[] = listed(folder, 'folders'),
): Scenario[] {
  const kind = basename(folder)
  const read = readers.get(kind) ?? readerBy<ScenarioFile>(join(SCENARIOS, `${kind}.schema.json`))
  readers.set(kind, read)
  const found: Scenario[] = []
  const wrong: string[] = []
  for (const suite of [...names].sort())
    for (const file of listed(join(folder, suite), 'files')) {
      try {
        const scenario = readScenario(join(folder, suite, file), kind, read)
        const same = found.find(({ name }) => name === scenario.name)
        if (same)
          throw new BadFile(
            `${join(folder, suite, file)}: ${same.suite} has a scenario of this name. Rename one.`,
          )
        found.push({ ...scenario, suite })
      } catch (error) {
        if (!(error instanceof BadFile)) throw error
        wrong.push(error.message)
      }
    }
  if (wrong.length > 0) throw new BadFile(wrong.join('\n'))
  return found
}

function readScenario(path: string, kind: string, read: Reader<ScenarioFile>): Omit<Scenario, 'suite'> {
  const name = nameOf(path)
  const file: JsonFile & { readonly value: ScenarioFile } = read(path)
  const unnamed = unnamedIn(kind, file.value)
  if (unnamed) throw file.bad(unnamed.path, unnamed.what)
  return { features: [], ...file.value, name }
}
