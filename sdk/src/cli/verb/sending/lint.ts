// `rex-desk lint`: find problems that would keep a recipient from acting, before anything is sent. docs/guide/rex-desk.md, "Referral files"
import { Command } from 'commander'
import {
  type Finding,
  type FindingCode,
  type Problem,
  problemsOf,
  type Referral,
} from '../../../core/referral/index.ts'
import { allFindings } from '../../../core/referral/lint/sending.ts'
import { openDesk } from '../../desk.ts'
import { AlreadyReported } from '../../exit.ts'
import { organisation } from '../../input/parsers.ts'
import { type ReadReferral, readReferral } from '../../input/referral.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'
import { explainLines, noticeLines } from '../../view/referral/explain.ts'
import { errorsOf, findingLines } from '../../view/referral/findings.ts'
import { type FindingSettings, findingOptions, inLanguage } from './finding-options.ts'

interface LintOptions extends Settings, FindingSettings {
  readonly for?: string
  readonly explain?: boolean
}

export function lint(shell: Shell): Command {
  const command = new Command('lint')
    .summary('check a referral file before it is sent')
    .description(
      'Checks a referral file for errors and for anything that would keep the recipient from acting. The exit code is 1 if it cannot be sent.',
    )
    .argument('<file>', 'the referral; - is standard input')
    .option('--for <organisation>', 'also check the needs of this recipient (opens the desk)', organisation)
    .option('--explain', 'also show the content of presets, and which sections are held back')
    .addHelpText('after', example('rex-desk lint referral.json --explain'))
    .action((file: string) => run(shell, file, command.optsWithGlobals()))
  return findingOptions(command)
}

async function run(shell: Shell, file: string, options: LintOptions): Promise<void> {
  const read = await readReferral(shell, file, options.dir).catch(asFindings)
  const findings: readonly Found[] = Array.isArray(read)
    ? read
    : inLanguage(await findingsOf(shell, read.referral, options), options)
  const explained = Array.isArray(read) || options.explain !== true ? undefined : read
  answer(shell, options, {
    value: {
      ok: errorsOf(findings).length === 0,
      findings,
      ...(explained && { explained: explained.explained }),
      ...(!Array.isArray(read) && read.notices.length > 0 && { notices: read.notices }),
    },
    lines: [
      ...(explained ? explainLines(explained) : []),
      ...(Array.isArray(read) ? [] : noticeLines(read.notices)),
      ...findingLines(findings),
    ],
  })
  if (errorsOf(findings).length > 0) throw new AlreadyReported()
}

async function findingsOf(
  shell: Shell,
  referral: Referral,
  options: LintOptions,
): Promise<readonly Finding[]> {
  const confirm = options.confirm ?? []
  const found = allFindings(referral, { now: shell.now(), confirm })
  if (options.for === undefined || errorsOf(found).length > 0) return found
  await using desk = await openDesk(shell, options)
  return (await desk.preview(referral, { to: options.for, confirm })).findings
}

/** A lint finding, or a problem of the file, which has no lint code. */
type Found = Omit<Finding, 'code'> & { readonly code: FindingCode | 'invalid' }

/** Returns errors of the file as findings, and rethrows other errors. */
function asFindings(error: unknown): Found[] | ReadReferral {
  const problems = problemsOf(error)
  if (problems.length === 0) throw error
  return problems.map(findingOf)
}

function findingOf({ path, message, suggestion }: Problem): Found {
  const [, list] = /code of the list ([a-z-]+)/.exec(message) ?? []
  const otherwise = list === undefined ? 'Correct it.' : `\`rex-desk codes ${list}\` lists them.`
  const fix = suggestion === undefined ? otherwise : `Did you mean ${suggestion}?`
  return {
    code: 'invalid',
    severity: 'error',
    path: path || 'the referral',
    message,
    fix,
    values: {},
    count: 1,
  }
}
