// Reads the suites of codecs, which are folders of cases next to parties.json.
import { basename, join } from 'node:path'
import type { Case, CaseFile, Parties } from './case.ts'
import { VECTORS } from './folders.ts'
import { BadFile, listed, readJson } from './read.ts'
import { readerBy } from './schema.ts'

/** The cases of suites, with the organisations that they use. */
export interface Suites {
  readonly cases: readonly Case[]
  readonly parties: Parties
}

/** The form of names of cases and scenarios. */
export const NAME = /^[a-z0-9_]+$/

const readCase = readerBy<CaseFile>(join(VECTORS, 'case.schema.json'))

/** Reads suites, which are the folders of `vectors`, and `parties.json`. `names`: names of suites; default: all. @throws BadFile */
export function readSuites(vectors: string, names: readonly string[] = listed(vectors, 'folders')): Suites {
  const parties = readJson(join(vectors, 'parties.json')) as Parties
  return { cases: names.flatMap((name) => readSuite(vectors, name)), parties }
}

function readSuite(vectors: string, suite: string): Case[] {
  const files = listed(join(vectors, suite), 'files')
  if (files.length === 0) throw new BadFile(`${join(vectors, suite)} has no cases.`)
  return files.map((file) => {
    const path = join(vectors, suite, file)
    return { ...readCase(path).value, name: nameOf(path), suite }
  })
}

/** Returns the name of a case from its file. @throws BadFile */
export function nameOf(file: string): string {
  const name = basename(file, '.json')
  if (NAME.test(name)) return name
  throw new BadFile(
    `${file}: the name of the file may have lower-case letters, digits and _ only. Rename it.`,
  )
}
