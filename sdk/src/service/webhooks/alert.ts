// Determines which alert a change raises. docs/guide/alerts.md
import type {
  AlarmChange,
  DeliveryChange,
  DeskChange,
  HealthChange,
  MessageChange,
} from '../../client/api/changes.ts'
import type { Desk, ThreadSummary } from '../../client/api/desk.ts'
import type { DeskProblemCode } from '../../client/api/problems.ts'

/** The kinds of alerts. */
export const ALERTS = ['urgent', 'overdue', 'not-arrived', 'held', 'conflict', 'keys', 'health'] as const

/** The kind of an alert. */
export type AlertKind = (typeof ALERTS)[number]

const ALARMS: Readonly<Record<AlarmChange['state'], AlertKind | undefined>> = {
  overdue: 'overdue',
  delayed: 'not-arrived',
  unreceived: 'not-arrived',
  // The change of the delivery already raises this alert.
  held: undefined,
  fork: 'conflict',
  gap: 'conflict',
  conflict: 'conflict',
  'receipt-mismatch': 'conflict',
  'received-late': 'conflict',
}

const DELIVERIES: { readonly [State in DeliveryChange['state']]?: AlertKind } = {
  held: 'held',
  refused: 'not-arrived',
  expired: 'not-arrived',
}

/**
 * The alert for each problem code. `thread`: a change of the thread raises the alert already. All other codes raise
 * `health`.
 */
const PROBLEMS: { readonly [Code in DeskProblemCode]?: AlertKind | 'thread' } = {
  certificate: 'keys',
  'keys-destroyed': 'keys',
  'peer-statement': 'keys',
  'statement-unpublished': 'keys',
  'not-arrived': 'not-arrived',
  'not-received': 'not-arrived',
  'recipient-unpaired': 'not-arrived',
  held: 'thread',
  'held-there': 'thread',
  overdue: 'thread',
  undelivered: 'thread',
}

/** Returns the alert that a change raises. Undefined: none. */
export async function alertOf(
  change: DeskChange,
  desk: Pick<Desk, 'thread' | 'threads'>,
): Promise<AlertKind | undefined> {
  switch (change.kind) {
    case 'message':
      return await ofMessage(change, desk)
    case 'delivery':
      return DELIVERIES[change.state]
    case 'alarm':
      return ALARMS[change.state]
    case 'health':
      return ofProblem(change)
    case 'restored':
      return 'health'
    default:
      return undefined
  }
}

async function ofMessage(
  { thread, message, mine, state }: MessageChange,
  desk: Pick<Desk, 'thread' | 'threads'>,
): Promise<AlertKind | undefined> {
  if (mine) return undefined
  if (state === 'held') return 'held'
  if (state !== 'counted') return undefined
  const summary = await summaryOf(thread, desk)
  if (summary?.urgent !== true || summary.role !== 'recipient' || summary.state === 'erased') return undefined
  const { events } = await (await desk.thread(thread)).changes()
  return events[0]?.digest === message ? 'urgent' : undefined
}

/** Returns a thread as the list of threads shows it. The cost does not grow with the number of threads. */
export async function summaryOf(id: string, desk: Pick<Desk, 'threads'>): Promise<ThreadSummary | undefined> {
  const [summary] = await desk.threads({ idPrefix: id, limit: 1 })
  return summary
}

function ofProblem({ problem, state }: HealthChange): AlertKind | undefined {
  const own = PROBLEMS[problem] ?? 'health'
  // An urgent message that was not received raises a separate alarm.
  if (own === 'thread' || (problem === 'not-received' && state === 'critical')) return undefined
  return own
}
