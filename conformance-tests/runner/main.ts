// The command rex-conformance. docs/guide/conformance.md
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SCENARIOS, SPEC, TARGETS, VECTORS } from '../suite/folders.ts'
import { BadFile, readJson } from '../suite/read.ts'
import { coverage, coverageReport, type Requirement, readRequirements, type Testable } from './coverage.ts'
import { allTests, folderOf, testsOf } from './kinds.ts'
import { CASE_LIMIT_MS, readKind, readTarget } from './process.ts'
import { htmlReport } from './reports/html.ts'
import { junitReport } from './reports/junit.ts'
import { jsonReport, type ReportHead, shown, terminalReport } from './reports/report.ts'
import { digestOf, type StatementClaims, signStatement, verifyStatement } from './statement.ts'
import { isBad } from './verdict.ts'
import { watchCommand } from './watch/command.ts'
import { makeWatcher } from './watch/watcher.ts'

const USAGE = `rex-conformance run --target CONFIG [--suite NAME]… [--case NAME]… [--known-failing FILE] [--report DIR]
                    [--shrink CONFIG] [--opener CONFIG] [--vectors DIR] [--scenarios DIR] [--time-limit MS]
rex-conformance watcher --dir DIR --organisation URL > watcher.rexinvite
rex-conformance watch --dir DIR --partner FILE [--interval MS] [--time-limit MS] [--count N]
                      [--referral-every MS] [--json] [--log FILE]
rex-conformance coverage [--vectors DIR] [--scenarios DIR] [--spec DIR]
rex-conformance statement --report DIR --key PEM [--days 90] [--vectors DIR] [--scenarios DIR]
rex-conformance verify --report DIR --key PEM [--vectors DIR] [--scenarios DIR]`

const STATEMENT = 'statement.jws'
const REPORTS = { 'report.json': jsonReport, 'report.xml': junitReport, 'report.html': htmlReport }

const OPTIONS = {
  target: { type: 'string' },
  opener: { type: 'string' },
  suite: { type: 'string', multiple: true },
  case: { type: 'string', multiple: true },
  'known-failing': { type: 'string' },
  report: { type: 'string' },
  vectors: { type: 'string', default: VECTORS },
  scenarios: { type: 'string', default: SCENARIOS },
  spec: { type: 'string', default: SPEC },
  'time-limit': { type: 'string', default: String(CASE_LIMIT_MS) },
  shrink: { type: 'string' },
  key: { type: 'string' },
  days: { type: 'string', default: '90' },
  dir: { type: 'string' },
  organisation: { type: 'string' },
  partner: { type: 'string' },
  interval: { type: 'string', default: '60000' },
  count: { type: 'string' },
  'referral-every': { type: 'string' },
  json: { type: 'boolean' },
  log: { type: 'string' },
} as const

type Values = ReturnType<typeof parse>['values']

function parse() {
  return parseArgs({ options: OPTIONS, allowPositionals: true })
}

async function main(): Promise<number> {
  const { positionals, values } = parse()
  const [verb = '', ...others] = positionals
  const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
  if (run === undefined || others.length > 0) throw new BadFile(USAGE)
  return run(values)
}

const VERBS: Readonly<Record<string, (values: Values) => number | Promise<number>>> = {
  run: runSuite,
  coverage: showCoverage,
  statement: makeStatement,
  verify: showStatement,
  watch: ({ dir, partner, ...options }) =>
    watchCommand({ ...options, dir: given(dir, '--dir'), partner: given(partner, '--partner') }),
  watcher: ({ dir, organisation }) => {
    console.log(makeWatcher(given(dir, '--dir'), given(organisation, '--organisation')))
    return 0
  },
}

async function runSuite(values: Values): Promise<number> {
  const name = given(values.target, '--target')
  const caseLimitMs = Number(values['time-limit'])
  if (!Number.isSafeInteger(caseLimitMs) || caseLimitMs < 1)
    throw new BadFile('--time-limit is no whole number.')
  const file = fileOf(name)
  const opener = values.opener === undefined ? undefined : readTarget(fileOf(values.opener))
  const right = values.shrink === undefined ? undefined : fileOf(values.shrink)
  const { kind, name: target } = readKind(file)
  const tests = testsOf(kind, values, { suites: values.suite, names: values.case })
  for (const one of values.case ?? []) mustExist(tests.all, one, '--case')
  const knownFailing = readKnown(values['known-failing'], tests.all)
  const result = await tests.run({ file, opener, knownFailing, caseLimitMs, right, progress })
  const requirements = existsSync(values.spec)
    ? readRequirements(values.spec)
    : new Map<string, Requirement>()
  const head: ReportHead = {
    target,
    kind,
    made: new Date(),
    repeat: `rex-conformance run --target ${name}`,
    textOf: (id) => requirements.get(id)?.text,
    coverage: requirements.size === 0 ? undefined : coverage(allTests(values), requirements),
  }
  console.log(terminalReport(result, head))
  if (values.report !== undefined) {
    mkdirSync(values.report, { recursive: true })
    for (const [file, write] of Object.entries(REPORTS))
      writeFileSync(join(values.report, file), write(result, head))
  }
  return result.verdicts.some(({ outcome }) => isBad(outcome)) ? 1 : 0
}

/** Returns the configuration file that `--target` or `--opener` names. */
function fileOf(name: string): string {
  return /^[a-z-]+$/.test(name) ? join(TARGETS, `${name}.json`) : name
}

function showCoverage(values: Values): number {
  const found = coverage(allTests(values), readRequirements(values.spec))
  console.log(coverageReport(found))
  return found.unknown.length === 0 ? 0 : 1
}

function makeStatement({ report, key, days, ...folders }: Values): number {
  const folder = given(report, '--report')
  const { target, figures } = readJson(join(folder, 'report.json')) as StatementClaims
  const { kind } = target
  const claims = {
    vectors: digestOf(folderOf(kind, folders)),
    target: { name: target.name, kind, features: target.features },
    figures,
    cases: testsOf(kind, folders).all.length,
  }
  const how = { key: readFileSync(given(key, '--key'), 'utf8'), nowMs: Date.now(), days: Number(days) }
  writeFileSync(join(folder, STATEMENT), `${signStatement(claims, how)}\n`)
  console.log(`${join(folder, STATEMENT)} is signed.`)
  return 0
}

function showStatement({ report, key, ...folders }: Values): number {
  const text = readFileSync(join(given(report, '--report'), STATEMENT), 'utf8')
  const how = { key: readFileSync(given(key, '--key'), 'utf8'), nowMs: Date.now() }
  const { target, figures, cases, exp, vectors: digest } = verifyStatement(text, how)
  const counts = Object.entries(figures).map(([outcome, count]) => `${count} ${outcome}`)
  const same =
    digest === digestOf(folderOf(target.kind, folders))
      ? 'the cases that are here'
      : 'other cases than those that are here'
  console.log(
    `${shown(target.name)} (${target.features.map(shown).join(', ') || 'no features'}): ${counts.join(', ')}, of ${cases} cases; ${same}; valid until ${new Date(exp * 1000).toISOString()}.`,
  )
  return 0
}

function given(value: string | undefined, option: string): string {
  if (value === undefined) throw new BadFile(`${option} is missing.\n${USAGE}`)
  return value
}

/** Reads names of cases, one per line. A `#` begins a comment. */
function readKnown(file: string | undefined, cases: readonly Testable[]): Set<string> {
  if (file === undefined) return new Set()
  if (!existsSync(file)) throw new BadFile(`${file} does not exist.`)
  const lines = readFileSync(file, 'utf8').split('\n')
  const names = lines.map((line) => line.replace(/#.*/, '').trim())
  for (const [i, name] of names.entries()) if (name) mustExist(cases, name, `${file}, line ${i + 1}`)
  return new Set(names.filter(Boolean))
}

function mustExist(cases: readonly Testable[], name: string, where: string): void {
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
// A program under test that never answers may have left connections open.
process.exit()
