// A scenario: requests to the program under test, actions of its peers, and the expected observations. docs/guide/conformance.md
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { BadFile, readJson } from './read.ts'

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

const NAME = /^[a-z0-9_]+$/
const REQUIREMENT = /^REX-[A-Z]+-\d{3}$/

/** Reads suites, which are the folders in `folder`. `names`: names of suites; default: all. @throws BadFile */
export function readScenarios(folder: string, names: readonly string[] = readdirSync(folder)): Scenario[] {
  const found = [...names].sort().flatMap((suite) =>
    readdirSync(join(folder, suite))
      .sort()
      .map((file) => readScenario(join(folder, suite, file), suite)),
  )
  const known = new Set<string>()
  for (const { suite, name } of found) {
    if (known.has(name)) throw new BadFile(`${join(folder, suite, name)}.json: another suite has this name.`)
    known.add(name)
  }
  return found
}

function readScenario(file: string, suite: string): Scenario {
  const said = readJson(file) as Partial<Scenario>
  const must = (holds: boolean, member: string, what: string) => {
    if (!holds) throw new BadFile(`${file}: ${member} is not ${what}.`)
  }
  const name = basename(file, '.json')
  must(NAME.test(name), 'the name', 'lower-case letters, digits and _')
  must(typeof said === 'object' && said !== null, 'the file', 'an object')
  must(typeof said.title === 'string', 'title', 'a text')
  must(isListOf(said.requirements, REQUIREMENT), 'requirements', 'a list of requirement ids')
  must(isListOf(said.features ?? [], /./), 'features', 'a list of texts')
  must(Array.isArray(said.steps), 'steps', 'a list')
  for (const [i, step] of (said.steps ?? []).entries())
    must(typeof step?.do === 'string', `steps[${i}].do`, 'a text')
  return { features: [], ...(said as Omit<Scenario, 'suite' | 'features'>), name, suite }
}

function isListOf(value: unknown, form: RegExp): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && form.test(entry))
}
