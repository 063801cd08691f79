// Alarms by the clock: an urgent message not received, a step overdue. Each is raised once. docs/spec/thread.md, "Alarms"
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import type { OverdueAlarm } from '../api/items.ts'
import type { ThreadView } from '../api/thread.ts'
import type { Cancel } from '../clock/clock.ts'
import type { DeskContext } from '../context.ts'
import { raiseUnreceived } from '../deliveries/items.ts'
import type { DeskWrites } from '../store/store.ts'
import { alarmId, type ItemContent } from '../thread/item.ts'
import type { OpenThread } from '../thread/open-thread.ts'
import { readable } from '../thread/repository.ts'
import { viewOf } from '../thread/view.ts'

const HOUR = 60 * 60_000
const AT_ONCE = 64

/** Raises alarms. The cost grows with the number of steps that have fallen due, not with the number of threads. */
export interface Alarms {
  /** Raises the alarms that are due, and those that fall due within the hour at their time. */
  raise(): Promise<void>
  /** A message was sent: an alarm may be due once an urgent message should have been received. */
  sent(): void
  /** Resolves when no alarm is being raised any more. */
  close(): Promise<void>
}

/** Starts with nothing scheduled: the first `raise` follows the first read of the mailbox. */
export function createAlarms(desk: DeskContext): Alarms {
  const { organisation, store, threads, clock, warn } = desk
  const { now } = clock
  let planned: { readonly atMs: number; readonly cancel: Cancel } | undefined
  let raising: Promise<void> = Promise.resolve()
  let closed = false

  return {
    raise,
    sent: () => planBy(now() + LIMITS.urgentAlarm),
    async close() {
      closed = true
      planned?.cancel()
      await raising.catch(() => {})
    },
  }

  function raise(): Promise<void> {
    raising = raising.catch(() => {}).then(raiseDue)
    return raising
  }

  async function raiseDue(): Promise<void> {
    if (closed) return
    await raiseUnreceived(desk)
    await raiseOverdue()
    const nextMs = store.read.nextAlarmMs(LIMITS.urgentAlarm)
    if (nextMs !== undefined && nextMs < now() + HOUR) planBy(nextMs)
  }

  function planBy(atMs: number): void {
    if (closed || (planned !== undefined && planned.atMs <= atMs)) return
    planned?.cancel()
    const run = () => {
      planned = undefined
      // Retried within the hour.
      return raise().catch((error) => warn('Alarms could not be raised.', RexError.from(error)))
    }
    planned = { atMs, cancel: clock.after(atMs - now(), run) }
  }

  async function raiseOverdue(): Promise<void> {
    for (;;) {
      const ids = store.read.due(now(), AT_ONCE)
      if (ids.length === 0) return
      await store.commit((write) => {
        for (const id of ids) {
          const thread = readable(threads, id, warn)
          if (thread === undefined) write.dueSeen(id, { dueMs: 0, nextMs: undefined })
          else check(write, thread)
        }
      })
    }
  }

  function check(write: DeskWrites, thread: OpenThread): void {
    const steps = [...thread.tracks.keys()].flatMap((counterpart) => {
      const { nextStep } = viewOf(thread, counterpart, { organisation, store, clock })
      return nextStep === undefined ? [] : [{ counterpart, step: nextStep }]
    })
    for (const { counterpart, step } of steps)
      if (isDated(step) && step.overdue && !isTold(thread, step)) tell(write, thread, { counterpart, step })
    const coming = steps.flatMap(({ step }) => (isDated(step) && !step.overdue ? [step.byMs + 1] : []))
    write.dueSeen(thread.id, { dueMs: first(steps.map(({ step }) => dueOf(step))), nextMs: first(coming) })
  }

  function tell(
    write: DeskWrites,
    thread: OpenThread,
    { counterpart, step: { who, what, byMs } }: { counterpart: string; step: Dated },
  ): void {
    const id = alarmId('overdue', `${thread.id} ${counterpart} ${what} ${byMs}`)
    if (!write.addAlarm(id)) return
    const item: ItemContent = { kind: 'overdue', counterpart, step: { who, what, byMs } }
    write.addItem({
      id,
      thread: thread.id,
      urgent: thread.summary.urgent,
      content: threads.seal(thread, item),
    })
  }
}

function first(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times)
}

/** A step without a time is due at once, or its clock has not started yet. */
function dueOf({ byMs, overdue }: Step): number {
  return byMs ?? (overdue ? 0 : Number.MAX_SAFE_INTEGER)
}

type Step = NonNullable<ThreadView['nextStep']>
type Dated = OverdueAlarm['step'] & { readonly overdue: boolean }

/** An urgent message that was not received has an alarm of its own. */
function isTold({ summary }: OpenThread, { what }: Step): boolean {
  return what === 'await-arrival' && summary.urgent
}

function isDated(step: Step): step is Dated {
  return step.byMs !== undefined
}
