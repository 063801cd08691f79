// The list of threads, those that wait for this organisation first. docs/guide/rex-desk.md

import type { ThreadSummary } from '../../../client/api/desk.ts'
import { t } from '../../language/language.ts'
import { bad, bold, columns, dim, heading, type Line, name, type Piece, warn } from '../../output/lines.ts'
import { distance } from '../../output/time.ts'
import { shortId, stepPieces, type Viewer, words } from '../words.ts'

/** Shows threads in two groups, most pressing first. */
export function inboxLines(threads: readonly ThreadSummary[], viewer: Viewer): Line[] {
  const { mine, others } = divide(threads, viewer)
  if (threads.length === 0) return empty()
  return [
    [mine.length > 0 ? bold(t`Waiting for you (${mine.length})`) : nothing(others)],
    ...mine.flatMap((thread) => entry(thread, viewer)),
    ...(others.length === 0 ? [] : heading(t`Others (${others.length})`)),
    ...others.flatMap((thread) => entry(thread, viewer)),
  ]
}

const empty = (): Line[] => [
  t`There is nothing here yet. rex-desk send FILE --to ORGANISATION starts a referral.`,
]

/** Shows a hint at other threads, if only threads that wait for this organisation were requested and there are none. */
export function nothingMineLines(others: readonly ThreadSummary[]): Line[] {
  if (others.length === 0) return empty()
  return [[nothing(others)], t`rex-desk inbox lists the referrals of others.`]
}

/** Says that no thread matches the filters. */
export function nothingFoundLines(): Line[] {
  return [
    t`No referral fits. Words are found in names, contacts, identifiers and references, not in free texts.`,
  ]
}

/**
 * Returns the text to show if no thread waits for this organisation. If another thread is urgent or late, the text does
 * not say that nothing waits.
 */
function nothing(others: readonly ThreadSummary[]): Piece {
  const isCalm = others.every(
    ({ urgent, undelivered, unreceived, nextStep }) =>
      !urgent && undelivered === undefined && !unreceived && nextStep?.overdue !== true,
  )
  return isCalm
    ? dim(t`Nothing waits for you.`)
    : bold(t`No step is yours now. Look at what is urgent or late:`)
}

/** Sorts threads: those that wait for this organisation first, then by urgency (overdue, urgent, soonest due, last changed). */
export function pressingFirst(threads: readonly ThreadSummary[], viewer: Viewer): ThreadSummary[] {
  const { mine, others } = divide(threads, viewer)
  return [...mine, ...others]
}

function divide(
  threads: readonly ThreadSummary[],
  viewer: Viewer,
): { mine: ThreadSummary[]; others: ThreadSummary[] } {
  const sorted = threads.toSorted(byPressure)
  const isMine = ({ nextStep }: ThreadSummary) =>
    nextStep?.who === viewer.organisation && (nextStep.overdue || nextStep.what !== 'await-arrival')
  return { mine: sorted.filter(isMine), others: sorted.filter((thread) => !isMine(thread)) }
}

function byPressure(a: ThreadSummary, b: ThreadSummary): number {
  return (
    Number(b.nextStep?.overdue ?? false) - Number(a.nextStep?.overdue ?? false) ||
    Number(b.urgent) - Number(a.urgent) ||
    (a.nextStep?.byMs ?? Number.MAX_SAFE_INTEGER) - (b.nextStep?.byMs ?? Number.MAX_SAFE_INTEGER) ||
    b.updatedMs - a.updatedMs
  )
}

function entry(thread: ThreadSummary, viewer: Viewer): Line[] {
  return [
    ...columns([
      [name(shortId(thread.id)), ...marks(thread), direction(thread), dim(updated(thread, viewer))],
    ]),
    ['            ', ...stepPieces(thread.nextStep, viewer, thread.counterpart)],
  ]
}

function marks({ urgent, test, kind, state, undelivered, unreceived }: ThreadSummary): Piece[] {
  return [
    ...(urgent ? [bad(t`URGENT`)] : []),
    ...(undelivered === undefined ? [] : [bad(t`UNDELIVERED`)]),
    ...(unreceived ? [bad(t`NOT RECEIVED`)] : []),
    ...(test ? [warn(t`TEST`)] : []),
    words(kind),
    words(state),
  ]
}

function direction({ role, counterpart, ref }: ThreadSummary): string {
  if (counterpart === '') return ''
  const who = role === 'recipient' ? t`from ${counterpart}` : t`to ${counterpart}`
  return ref === undefined ? who : t`${who}, your ref. ${ref}`
}

function updated({ updatedMs }: ThreadSummary, { now }: Viewer): string {
  return distance(updatedMs, now)
}
