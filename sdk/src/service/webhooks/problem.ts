// The problems of webhooks and of alerts by mail. docs/guide/alerts.md
import type { DeskProblem } from '../../client/api/problems.ts'
import type { Severity } from '../../core/problem.ts'

/** Returns the problem which says that alerts or the messages of webhooks do not arrive. */
export function failing(severity: Severity, message: string): DeskProblem {
  return { code: 'alerts-failing', severity, message }
}

/**
 * Returns the problem of a webhook or recipient that gets nothing new, because the service cannot take changes from the desk.
 */
export function stuckProblem(channel: string, failure: string): DeskProblem {
  const message = `${channel}: nothing new is sent, because the service cannot take changes from the desk (${failure}). Check the disk and the log of the service, then start the service again.`
  return failing('critical', message)
}
