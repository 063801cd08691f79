// `rex-desk lint`: find problems that would keep a recipient from acting, before anything is sent. docs/guide/rex-desk.md, "Referral files"
import { Command } from 'commander'
import { type Finding, type Problem, problemsOf, type Referral } from '../../../core/referral/index.ts'
import { allFindings } from '../../../core/referral/lint/sending.ts'
import { type Messages, remedyOf, translated } from '../../../core/referral/translations/index.ts'
import { openDesk } from '../../desk.ts'
import { AlreadyReported } from '../../exit.ts'
import { organisation } from '../../input/parsers.ts'
import { type ReadReferral, readReferral } from '../../input/referral.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'
import { explainLines, noticeLines } from '../../view/referral/explain.ts'
import { errorsOf, findingLines } from '../../view/referral/findings.ts'
import { type ConfirmSettings, confirmOption } from '../confirm.ts'
import { inLanguage, messagesFor } from './finding-language.ts'

interface LintOptions extends Settings, ConfirmSettings {
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
  return confirmOption(command)
}

async function run(shell: Shell, file: string, options: LintOptions): Promise<void> {
  const read = await readReferral(shell, file, options.dir).catch(asFindings(messagesFor(options)))
  const findings: readonly Found[] = Array.isArray(read)
    ? read
    : inLanguage(await findingsOf(shell, read.referral, options), options)
  const explained = Array.isArray(read) || options.explain !== true ? undefined : read
  const notices = Array.isArray(read) ? [] : inLanguage(read.notices, options)
  answer(shell, options, {
    value: {
      ok: errorsOf(findings).length === 0,
      findings,
      ...(explained && { explained: explained.explained }),
      ...(notices.length > 0 && { notices }),
    },
    lines: [
      ...(explained ? explainLines(explained) : []),
      ...noticeLines(notices),
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

/** A lint finding, or a problem of the file. */
type Found = Omit<Finding, 'code'> & Pick<Problem, 'code'>

/** Returns errors of the file as findings, and rethrows other errors. */
function asFindings(messages: Messages): (error: unknown) => Found[] | ReadReferral {
  return (error) => {
    const problems = problemsOf(error)
    if (problems.length === 0) throw error
    return translated(problems, messages).map((problem) => findingOf(problem, messages))
  }
}

function findingOf(problem: Problem, messages: Messages): Found {
  const { code, path, message, values } = problem
  return {
    code,
    severity: 'error',
    path: path || messages.remedies.whole,
    message,
    fix: remedyOf(problem, messages),
    values,
    count: 1,
  }
}
