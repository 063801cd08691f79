// Raises alarms that depend on time: for urgent messages that were not received, and for overdue steps. Each alarm is
// raised once. docs/spec/thread.md, "Alarms"
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import type { OverdueAlarm } from '../api/items.ts'
import type { ThreadView } from '../api/thread.ts'
import type { Cancel } from '../clock/clock.ts'
import type { DeskContext } from '../context.ts'
import { raiseUnreceived } from '../deliveries/items.ts'
import type { DeskWrites } from '../store/store.ts'
import { alarmId, alarmOf, type ItemContent } from '../thread/item.ts'
import type { OpenThread } from '../thread/repository/open-thread.ts'
import { readable } from '../thread/repository/repository.ts'
import { viewOf } from '../thread/view/view.ts'

const HOUR = 60 * 60_000
const AT_ONCE = 64

/** Raises alarms. The cost grows with the number of steps that have fallen due, not with the number of threads. */
export class Alarms {
  readonly #desk: DeskContext
  #planned: { readonly atMs: number; readonly cancel: Cancel } | undefined
  #raising: Promise<void> = Promise.resolve()
  #closed = false

  /** Plans no alarm before the first call of `raise` or `sent`. */
  constructor(desk: DeskContext) {
    this.#desk = desk
  }

  /** Raises the alarms that are due, and plans the next alarm if it falls due within the hour. */
  raise(): Promise<void> {
    this.#raising = this.#raising.catch(() => {}).then(() => this.#raiseDue())
    return this.#raising
  }

  /** Plans an alarm for the time by which an urgent message should have been received. Call this after sending a message. */
  readonly sent = (): void => this.#planBy(this.#desk.clock.now() + LIMITS.urgentAlarm)

  /** Stops planning alarms. Resolves when no alarm is being raised. */
  async close(): Promise<void> {
    this.#closed = true
    this.#planned?.cancel()
    await this.#raising.catch(() => {})
  }

  async #raiseDue(): Promise<void> {
    if (this.#closed) return
    const { store, clock } = this.#desk
    await raiseUnreceived(this.#desk)
    await raiseOverdue(this.#desk)
    const nextMs = store.read.nextAlarmMs(LIMITS.urgentAlarm)
    if (nextMs !== undefined && nextMs < clock.now() + HOUR) this.#planBy(nextMs)
  }

  #planBy(atMs: number): void {
    if (this.#closed || (this.#planned !== undefined && this.#planned.atMs <= atMs)) return
    const { clock, warn } = this.#desk
    this.#planned?.cancel()
    const run = () => {
      this.#planned = undefined
      // Maintenance retries within the hour.
      return this.raise().catch((error) => warn('Alarms could not be raised.', RexError.from(error)))
    }
    this.#planned = { atMs, cancel: clock.after(atMs - clock.now(), run) }
  }
}

/** Raises an alarm for each step that is overdue. */
async function raiseOverdue(desk: DeskContext): Promise<void> {
  const { store, threads, clock, warn } = desk
  for (;;) {
    const ids = store.read.due(clock.now(), AT_ONCE)
    if (ids.length === 0) return
    await store.commit((write) => {
      for (const id of ids) {
        const thread = readable(threads, id, warn)
        if (thread === undefined) write.dueSeen(id, { dueMs: 0, nextMs: undefined })
        else checkSteps(write, desk, thread)
      }
    })
  }
}

/** Raises the overdue alarms of a thread, and records when its next step falls due. Call it inside a commit. */
function checkSteps(write: DeskWrites, desk: DeskContext, thread: OpenThread): void {
  const steps = [...thread.tracks.keys()].flatMap((counterpart) => {
    const { nextStep } = viewOf(thread, counterpart, desk)
    return nextStep === undefined ? [] : [{ counterpart, step: nextStep }]
  })
  for (const { counterpart, step } of steps)
    if (isDated(step) && step.overdue && !hasOwnAlarm(thread, step))
      addOverdue(write, desk, { thread, counterpart, step })
  const coming = steps.flatMap(({ step }) => (isDated(step) && !step.overdue ? [step.byMs + 1] : []))
  write.dueSeen(thread.id, { dueMs: first(steps.map(({ step }) => dueOf(step))), nextMs: first(coming) })
}

/** Raises an alarm, only once for each step. Call it inside a commit. */
function addOverdue(
  write: DeskWrites,
  { threads }: DeskContext,
  {
    thread,
    counterpart,
    step: { who, what, byMs },
  }: { thread: OpenThread; counterpart: string; step: Dated },
): void {
  const id = alarmId('overdue', `${thread.id} ${counterpart} ${what} ${byMs}`)
  if (!write.addAlarm(id)) return
  const item: ItemContent = { kind: 'overdue', counterpart, step: { who, what, byMs } }
  write.addItem({
    id,
    thread: thread.id,
    urgent: thread.summary.urgent,
    content: threads.seal(thread, item),
    alarm: alarmOf(item),
  })
}

function first(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times)
}

/**
 * Returns when a step falls due. A step without a time is due immediately if it is overdue; otherwise it cannot fall
 * due yet.
 */
function dueOf({ byMs, overdue }: Step): number {
  return byMs ?? (overdue ? 0 : Number.MAX_SAFE_INTEGER)
}

type Step = NonNullable<ThreadView['nextStep']>
type Dated = OverdueAlarm['step'] & { readonly overdue: boolean }

/** Returns whether the step is the arrival of an urgent message. A separate alarm covers this step. */
function hasOwnAlarm({ summary }: OpenThread, { what }: Step): boolean {
  return what === 'await-arrival' && summary.urgent
}

function isDated(step: Step): step is Dated {
  return step.byMs !== undefined
}
