// The command rex-conformance. docs/guide/conformance.md
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Case } from '../suite/case.ts'
import { BadFile, readSuite } from '../suite/read.ts'
import { coverage, coverageReport, readRequirements } from './coverage.ts'
import { readTarget } from './process.ts'
import { jsonReport, type ReportHead, terminalReport } from './report.ts'
import { run } from './run.ts'
import { isBad } from './verdict.ts'

const USAGE = `rex-conformance run --target CONFIG [--suite codec] [--case NAME]… [--known-failing FILE] [--report DIR]
                    [--vectors DIR] [--time-limit MS]
rex-conformance coverage [--suite codec] [--vectors DIR] [--spec DIR]`

const VECTORS = join(import.meta.dirname, '../vectors')
/** The targets that are in the tree, by name. */
const TARGETS = join(import.meta.dirname, '../targets')
const SPEC = join(import.meta.dirname, '../../docs/spec')

const OPTIONS = {
  target: { type: 'string' },
  suite: { type: 'string', default: 'codec' },
  case: { type: 'string', multiple: true },
  'known-failing': { type: 'string' },
  report: { type: 'string' },
  vectors: { type: 'string', default: VECTORS },
  spec: { type: 'string', default: SPEC },
  'time-limit': { type: 'string', default: '10000' },
} as const

type Values = ReturnType<typeof parse>['values']

function parse() {
  return parseArgs({ options: OPTIONS, allowPositionals: true })
}

async function main(): Promise<number> {
  const { positionals, values } = parse()
  const [verb, ...others] = positionals
  if (others.length > 0 || (verb !== 'run' && verb !== 'coverage')) throw new BadFile(USAGE)
  return verb === 'run' ? runSuite(values) : showCoverage(values)
}

async function runSuite(values: Values): Promise<number> {
  if (values.target === undefined) throw new BadFile(`--target is missing.\n${USAGE}`)
  const caseLimitMs = Number(values['time-limit'])
  if (!Number.isSafeInteger(caseLimitMs) || caseLimitMs < 1)
    throw new BadFile('--time-limit is no whole number.')
  const suite = readSuite(values.vectors, values.suite)
  const isName = /^[a-z-]+$/.test(values.target)
  const target = readTarget(isName ? join(TARGETS, `${values.target}.json`) : values.target)
  const cases = chosen(suite.cases, values.case)
  const knownFailing = readKnown(values['known-failing'], suite.cases)
  const result = await run({ cases, parties: suite.parties, target, knownFailing, caseLimitMs, progress })
  const requirements = existsSync(values.spec) ? readRequirements(values.spec) : new Map<string, string>()
  const head: ReportHead = {
    suite: suite.name,
    target: target.name,
    repeat: `rex-conformance run --target ${values.target} --suite ${suite.name}`,
    textOf: (id) => requirements.get(id),
  }
  console.log(terminalReport(result, head))
  if (values.report !== undefined) {
    mkdirSync(values.report, { recursive: true })
    writeFileSync(join(values.report, `${suite.name}.json`), jsonReport(result, head))
  }
  return result.verdicts.some(({ outcome }) => isBad(outcome)) ? 1 : 0
}

function showCoverage({ vectors, suite, spec }: Values): number {
  const found = coverage(readSuite(vectors, suite).cases, readRequirements(spec))
  console.log(coverageReport(found))
  return found.unknown.length === 0 ? 0 : 1
}

function chosen(cases: readonly Case[], names: readonly string[] | undefined): readonly Case[] {
  for (const name of names ?? []) mustExist(cases, name, '--case')
  return names === undefined ? cases : cases.filter(({ name }) => names.includes(name))
}

/** Names of cases, one a line; `#` begins a remark. */
function readKnown(file: string | undefined, cases: readonly Case[]): Set<string> {
  if (file === undefined) return new Set()
  if (!existsSync(file)) throw new BadFile(`${file} does not exist.`)
  const lines = readFileSync(file, 'utf8').split('\n')
  const names = lines.map((line) => line.replace(/#.*/, '').trim())
  for (const [i, name] of names.entries()) if (name) mustExist(cases, name, `${file}, line ${i + 1}`)
  return new Set(names.filter(Boolean))
}

function mustExist(cases: readonly Case[], name: string, where: string): void {
  if (!cases.some((given) => given.name === name)) throw new BadFile(`${where}: there is no case ${name}.`)
}

function progress(done: number, all: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all}${done === all ? '\n' : ''}`)
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage =
    error instanceof BadFile || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')
  if (!isUsage) throw error
  console.error((error as Error).message)
  process.exitCode = 2
}
