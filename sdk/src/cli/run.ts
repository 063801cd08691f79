// One run of the command: arguments in, exit code out. docs/guide/rex-desk.md
import { refuseLeaks } from '../process/index.ts'
import { EXIT, errorJson, errorLines, exitCodeOf } from './exit.ts'
import { chooseLanguage } from './language/choose.ts'
import { inLanguage } from './language/language.ts'
import { printableJson } from './output/printable.ts'
import { buildProgram } from './program.ts'
import { type Shell, say } from './shell.ts'

/** Runs the command. Never throws: failures go to standard error and become the exit code. */
export async function run(parameters: readonly string[], shell: Shell): Promise<number> {
  const language = await chooseLanguage(parameters, shell.environment)
  const perform = () => runVerb(parameters, shell)
  return await (language === undefined ? perform() : inLanguage(language, perform))
}

async function runVerb(parameters: readonly string[], shell: Shell): Promise<number> {
  try {
    refuseLeaks({ execArgv: process.execArgv, env: shell.environment })
    await buildProgram(shell).parseAsync(parameters, { from: 'user' })
    return shell.signal.aborted && interruptedBy(shell.signal) === 'SIGINT' ? EXIT.interrupted : EXIT.ok
  } catch (error) {
    tell(shell, parameters, error)
    return exitCodeOf(error)
  }
}

function tell(shell: Shell, parameters: readonly string[], error: unknown): void {
  if (shell.environment.REX_DESK_TRACE === '1') console.error(error)
  const lines = errorLines(error)
  if (lines.length === 0) return
  if (parameters.includes('--json')) shell.stderr.write(`${printableJson(errorJson(error))}\n`)
  else say(shell, lines)
}

function interruptedBy({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : ''
}
