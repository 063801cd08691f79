// rex-gateway status: how the gateway is, one sentence for each problem. docs/guide/gateway.md, "Status"
import { type GetStatusResponse, Severity } from '@rex/proto/admin/v1/admin'
import { RexError } from '@rex/sdk/core'
import type { CommonOptions } from './main.ts'
import { askGateway } from './operator.ts'
import { print, printJson, strong, time } from './terminal.ts'

const EXIT = { well: 0, warning: 1, critical: 2 } as const

/** Prints the state; exit code 0: all is well, 1: look in the next days, 2: referrals wait now. */
export async function status({ dir, json }: CommonOptions): Promise<void> {
  try {
    const state = await askGateway(dir, (gateway) => gateway.getStatus({}))
    process.exitCode = exitCode(state)
    if (json) return printJson({ running: true, ...state, problems: state.problems.map(named) })
    tell(state)
  } catch (error) {
    if (!RexError.is(error, 'UNAVAILABLE')) throw error
    process.exitCode = EXIT.critical
    const problems = [{ severity: 'critical', message: `${error.message} ${error.hint}` }]
    if (json) return printJson({ running: false, problems })
    print(`${strong('!!')} ${error.message} ${error.hint}`)
  }
}

function tell(state: GetStatusResponse): void {
  print(
    `${strong(state.organisation)} on ${state.listen}, enrolment on ${state.enrolListen} (${state.build})`,
  )
  print(`waiting: ${state.outbox} for other gateways, ${state.mailbox} for the desk`)
  print(`desk last seen: ${time(state.deskSeenMs)}   certificate until: ${time(state.certificateExpiresMs)}`)
  for (const { severity, message } of state.problems) {
    print(`${strong(severity === Severity.CRITICAL ? '!!' : ' !')} ${message}`)
  }
  if (state.problems.length === 0) print('All is well.')
}

function named({ severity, message }: GetStatusResponse['problems'][number]) {
  return { severity: severity === Severity.CRITICAL ? 'critical' : 'warning', message }
}

function exitCode({ problems }: GetStatusResponse): number {
  if (problems.some(({ severity }) => severity === Severity.CRITICAL)) return EXIT.critical
  return problems.length > 0 ? EXIT.warning : EXIT.well
}
