// Reads a suite: a folder of cases beside parties.json. A malformed file is refused with its name, line and member.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Case, OPERATIONS, type Parties } from './case.ts'

/** A file of a suite, or a configuration, is not as it must be. The message says which and where. */
export class BadFile extends Error {
  override readonly name = 'BadFile'
}

/** The cases of a suite with the organisations in them. */
export interface Suite {
  readonly name: string
  readonly cases: readonly Case[]
  readonly parties: Parties
}

const MOST = 256 * 1024 * 1024
const NAME = /^[a-z0-9_]+$/
const REQUIREMENT = /^REX-[A-Z]+-\d{3}$/

/** Reads `vectors/<name>` and `vectors/parties.json`. @throws BadFile */
export function readSuite(vectors: string, name: string): Suite {
  const parties = readJson(join(vectors, 'parties.json')) as Parties
  const files = listed(join(vectors, name)).filter((file) => file.endsWith('.json'))
  if (files.length === 0) throw new BadFile(`${join(vectors, name)} has no cases.`)
  const cases = files.sort().map((file) => readCase(join(vectors, name, file)))
  return { name, cases, parties }
}

/** JSON of a file. @throws BadFile with the line and column of an error */
export function readJson(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new BadFile(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`)
  }
  if (text.length > MOST) throw new BadFile(`${file} is too large.`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadFile(`${file} is not JSON: ${(error as Error).message}`)
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    throw new BadFile(`There is no suite ${folder}.`)
  }
}

/** Reads one case. @throws BadFile */
export function readCase(file: string): Case {
  const said = readJson(file) as Partial<Case>
  const must = (holds: boolean, member: string, what: string) => {
    if (!holds) throw new BadFile(`${file}: ${member} is not ${what}.`)
  }
  must(typeof said === 'object' && said !== null, 'the file', 'an object')
  must(typeof said.title === 'string', 'title', 'a text')
  must(isListOf(said.requirements, REQUIREMENT), 'requirements', 'a list of requirement ids')
  must(isListOf(said.features, /./), 'features', 'a list of texts')
  must(OPERATIONS.includes(said.operation as never), 'operation', `one of ${OPERATIONS.join(', ')}`)
  must(typeof said.input === 'object' && said.input !== null, 'input', 'an object')
  const expect = said.expect as { accepted?: object; refused?: { reason?: unknown } } | undefined
  must(
    (expect?.accepted === undefined) !== (expect?.refused === undefined),
    'expect',
    'either accepted or refused',
  )
  const reason = expect?.refused?.reason
  must(reason === undefined || isListOf(reason, /^[A-Z_]+$/), 'expect.refused.reason', 'a list of reasons')
  const name = basename(file, '.json')
  must(NAME.test(name), 'the name', 'lower-case letters, digits and _')
  return { ...(said as Case), name }
}

function isListOf(value: unknown, form: RegExp): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && form.test(entry))
}
