// rex-gateway status: prints the state of the gateway, one sentence per problem. docs/guide/gateway.md, "Status"
import { type GetStatusResponse, Severity } from '@rex/proto/admin/v1/admin'
import { exitCodeOfProblems, type Problem, RexError } from '@rex/sdk/core'
import type { GatewayProblem } from '../../admin/problems.ts'
import { askGateway } from '../operator.ts'
import type { CommonOptions } from '../options.ts'
import { explain, print, printJson, strong, time } from '../terminal.ts'

/** Prints the status. Exit code 0: no problem; 1: a problem to solve within days; 2: a problem that delays referrals now. */
export async function status({ dir, json }: CommonOptions): Promise<void> {
  try {
    const state = await askGateway(dir, (gateway) => gateway.getStatus({}))
    const problems = state.problems.map(named)
    process.exitCode = exitCodeOfProblems(problems)
    if (json) return printJson({ running: true, ...state, problems })
    tell(state, problems)
  } catch (error) {
    const { message, hint } = explain(error)
    const problem = {
      code: 'gateway-down',
      severity: 'critical',
      message: `${message} ${hint}`,
    } as const satisfies GatewayProblem
    process.exitCode = exitCodeOfProblems([problem])
    // Report `running: false` only if the socket shows it, because a gateway that does not answer may still be running.
    const running = RexError.is(error, 'UNAVAILABLE') ? { running: false } : {}
    if (json) return printJson({ ...running, problems: [problem] })
    tellProblem(problem)
  }
}

function tell(state: GetStatusResponse, problems: readonly Problem[]): void {
  print(
    `${strong(state.organisation)} on ${state.listen}, enrolment on ${state.enrolListen} (${state.build})`,
  )
  print(`waiting: ${state.outbox} for other gateways, ${state.mailbox} for the desk`)
  print(`desk last seen: ${time(state.deskSeenMs)}   certificate until: ${time(state.certificateExpiresMs)}`)
  if (state.storePagesChecked < state.storePages)
    print(`store: ${Math.floor((100 * state.storePagesChecked) / state.storePages)} % checked so far`)
  problems.forEach(tellProblem)
  if (problems.length === 0) print('All is well.')
}

function tellProblem({ severity, message }: Problem): void {
  print(`${strong(severity === 'critical' ? '!!' : ' !')} ${message}`)
}

function named({ code, severity, message }: GetStatusResponse['problems'][number]): Problem {
  return { code, severity: severity === Severity.CRITICAL ? 'critical' : 'warning', message }
}
