// `rex-desk status`: show the state of the desk, with one sentence for each problem. docs/guide/rex-desk.md, "Status"
import { Command } from 'commander'
import type { DeskProblem } from '../../../client/api/problems.ts'
import { RexError } from '../../../core/error.ts'
import { exitCodeOfProblems, gravestFirst } from '../../../core/problem.ts'
import { openDesk } from '../../desk.ts'
import { AlreadyReported, EXIT, exitCodeOf, Graver } from '../../exit.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell } from '../../shell.ts'
import { readStatus, statusLines } from '../../view/status.ts'

const ALL = 100_000

export function status(shell: Shell): Command {
  const command = new Command('status')
    .summary('show the state of the desk; exit code 0: well, 1: look soon, 2: referrals wait now')
    .description(
      'Shows the state of the desk, with one sentence for each problem. The exit code is 1 if a problem needs a person in the next days, and 2 if referrals wait now.',
    )
    .addHelpText('after', example('rex-desk status'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, settings: Settings): Promise<void> {
  await using desk = await openDesk(shell, settings, { tellProblems: false }).catch(cannotTell)
  const [mine, parked, peers, health] = await Promise.all([
    desk.threads({ mine: true, limit: ALL }),
    desk.parked(),
    desk.peers(),
    desk.health(),
  ])
  const unserved = desk.isShared ? [] : await unservedIn(settings)
  const problems = gravestFirst([...health.problems, ...unserved])
  const state = readStatus({
    organisation: desk.organisation,
    mine,
    parked,
    peers,
    health: { ...health, problems },
  })
  answer(shell, settings, { value: state, lines: statusLines(state) })
  const code = exitCodeOfProblems(state.problems)
  if (code > 0) throw new AlreadyReported(code)
}

/** Returns a problem if webhooks or alerts are configured but no service is running to send them. */
async function unservedIn({ dir }: Settings): Promise<DeskProblem[]> {
  const { problemsUnserved } = await import('../../../service/remote/channels.ts')
  return await problemsUnserved(dir)
}

/** Throws the error with exit code 2, because a desk that cannot be opened neither sends nor receives (T-146). */
function cannotTell(error: unknown): never {
  const failed = [EXIT.refused, EXIT.tryAgain].some((code) => code === exitCodeOf(error))
  // If another process holds the desk, the error keeps its exit code, because that process can report the status.
  throw failed && !RexError.is(error, 'STORE_IN_USE') ? new Graver(error, 2) : error
}
