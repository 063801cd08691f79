// Reads a suite, a folder of cases next to parties.json. Reports a malformed file with its name, line and member.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Case, type CaseFile, OPERATIONS, type Parties } from './case.ts'

/** Thrown for a malformed suite file or configuration. The message states the file and the place. */
export class BadFile extends Error {
  override readonly name = 'BadFile'
}

/** The cases of suites, with the organisations that they use. */
export interface Suites {
  readonly cases: readonly Case[]
  readonly parties: Parties
}

const MOST = 256 * 1024 * 1024
const NAME = /^[a-z0-9_]+$/
const REQUIREMENT = /^REX-[A-Z]+-\d{3}$/

/** Reads suites, which are the folders of `vectors`, and `parties.json`. `names`: names of suites; default: all. @throws BadFile */
export function readSuites(vectors: string, names: readonly string[] = suitesIn(vectors)): Suites {
  const parties = readJson(join(vectors, 'parties.json')) as Parties
  return { cases: names.flatMap((name) => readSuite(vectors, name)), parties }
}

function suitesIn(vectors: string): string[] {
  return listed(vectors).filter((name) => !name.includes('.'))
}

function readSuite(vectors: string, suite: string): Case[] {
  const files = listed(join(vectors, suite)).filter((file) => file.endsWith('.json'))
  if (files.length === 0) throw new BadFile(`${join(vectors, suite)} has no cases.`)
  return files.map((file) => ({ ...readCase(join(vectors, suite, file)), suite }))
}

/** Reads a JSON file. @throws BadFile with the line and column of an error */
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
    return readdirSync(folder).sort()
  } catch {
    throw new BadFile(`There is no folder ${folder}.`)
  }
}

/** Reads one case. @throws BadFile */
export function readCase(file: string): CaseFile {
  const said = readJson(file) as Partial<CaseFile>
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
  return { ...(said as CaseFile), name }
}

function isListOf(value: unknown, form: RegExp): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && form.test(entry))
}
