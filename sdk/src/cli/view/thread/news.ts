// News since the last check: events, and the delivery states of this desk's messages. docs/guide/rex-desk.md

import type { Desk, ThreadSummary } from '../../../client/api/desk.ts'
import type { EventOf, ThreadEvent } from '../../../client/api/events.ts'
import type { DeliveryState, Thread, ThreadView } from '../../../client/api/thread.ts'
import { type ThreadHead, threadJson } from '../../../service/item-json.ts'
import { label, safety, t } from '../../language/language.ts'
import { bad, bold, dim, type Line, name, type Piece } from '../../output/lines.ts'
import { localTime } from '../../output/time.ts'
import { party, type Step, shortId, stepPieces, testMark, type Viewer, words } from '../words.ts'
import { became } from './thread-status.ts'

/** One piece of news. */
export type News = {
  readonly thread: ThreadHead
  readonly urgent: boolean
} & (EventNews | DeliveryNews | AlarmNews)

interface EventNews {
  readonly kind: 'event'
  readonly event: ThreadEvent
}

/** An alarm raised by the clock: an urgent message was not received, or a step is overdue. */
interface AlarmNews {
  readonly kind: 'alarm'
  readonly alarm: 'unreceived' | 'overdue'
  readonly counterpart: string
  readonly step?: Step
}

type DeliveryNews = { readonly kind: 'delivery' } & ThreadView['delivery'][number]

/** The last seen state of each thread, by id. */
export type Memory = Map<string, Seen>

interface Seen {
  cursor: number
  readonly states: Map<string, DeliveryState>
  readonly alarms: Set<string>
}

/**
 * Returns the news in at most `recent` threads that changed last, and in at most `recent` threads whose steps are due
 * soonest. Updates the memory.
 */
export async function readNews(desk: Desk, memory: Memory, { recent }: { recent: number }): Promise<News[]> {
  const [changed, open] = await Promise.all([
    desk.threads({ limit: recent }),
    desk.threads({ open: true, limit: recent }),
  ])
  const known = new Set(changed.map(({ id }) => id))
  const summaries = [...changed, ...open.filter(({ id }) => !known.has(id))]
  const news: News[] = []
  for (const [id, tracks] of [...Map.groupBy(summaries, (summary) => summary.id)].reverse())
    news.push(...(await readThread(await desk.thread(id), tracks, memory)))
  return news
}

async function readThread(thread: Thread, tracks: readonly ThreadSummary[], memory: Memory): Promise<News[]> {
  const known: Seen = memory.get(thread.id) ?? { cursor: 0, states: new Map(), alarms: new Set() }
  memory.set(thread.id, known)
  const urgent = tracks.some((track) => track.urgent)
  const { cursor, events } = await thread.changes(known.cursor)
  known.cursor = cursor
  const deliveries = await readDeliveries(thread)
  const keyOf = ({ messageId, recipient }: ThreadView['delivery'][number]) => `${messageId} ${recipient}`
  const changed = deliveries.filter((delivery) => known.states.get(keyOf(delivery)) !== delivery.state)
  for (const delivery of changed) known.states.set(keyOf(delivery), delivery.state)
  return [
    ...events.map((event): News => ({ thread, urgent, kind: 'event', event })),
    ...tracks.flatMap((track) => readAlarms(track, known)).map((alarm) => ({ thread, urgent, ...alarm })),
    ...changed.map((delivery): News => ({ thread, urgent, kind: 'delivery', ...delivery })),
  ]
}

/** Reports each alarm once. An alarm that was resolved in the meantime is reported again if it recurs. */
function readAlarms(
  { counterpart, unreceived, undelivered, nextStep }: ThreadSummary,
  known: Seen,
): AlarmNews[] {
  const overdue = nextStep?.overdue === true && undelivered === undefined ? nextStep : undefined
  const found: (AlarmNews | undefined)[] = [
    unreceived ? { kind: 'alarm', alarm: 'unreceived', counterpart } : undefined,
    overdue && { kind: 'alarm', alarm: 'overdue', counterpart, step: overdue },
  ]
  return found
    .filter((alarm) => alarm !== undefined)
    .filter((alarm) => {
      const key = JSON.stringify(alarm)
      return !known.alarms.has(key) && known.alarms.add(key)
    })
}

async function readDeliveries(thread: Thread): Promise<ThreadView['delivery'][number][]> {
  const views = await Promise.all(thread.counterparts.map((counterpart) => thread.with(counterpart).view()))
  return views.flatMap(({ delivery }) => delivery)
}

/** Formats news for programs. */
export function newsJson(news: News): object {
  const thread = threadJson(news.thread)
  if (news.kind === 'event') return { kind: news.kind, thread, event: news.event }
  const { thread: _, urgent: __, ...rest } = news
  return { thread, ...rest }
}

/** Formats news for people: one line, or two if the news needs attention. */
export function newsLines(news: News, viewer: Viewer): Line[] {
  const { thread } = news
  const ref = thread.ref === undefined ? '' : t`, your ref. ${thread.ref}`
  const head: Piece[] = [dim(localTime(viewer.now)), '  ', name(shortId(thread.id)), `${ref}  `]
  if (news.kind === 'alarm') return [[...head, ...alarmPieces(news, viewer)]]
  if (news.kind === 'delivery') return [[...head, ...deliveryPieces(news)]]
  if (news.event.type !== 'refer' || news.event.mine) return [[...head, ...eventPieces(news.event, viewer)]]
  return [
    [
      ...head,
      ...referralPieces(news.event),
      ...(news.urgent ? [' ', bad(t`URGENT`)] : []),
      ...testMark(thread.test),
    ],
    `    ${t`Read it with: rex-desk show ${shortId(thread.id)}`}`,
  ]
}

function deliveryPieces(delivery: DeliveryNews): Piece[] {
  const { type, recipient, state, messageId } = delivery
  const text = t`${words(type)} to ${recipient}: ${became(delivery)}`
  return state === 'refused' || state === 'expired'
    ? [bad(text), dim(t`, message ${shortId(messageId)}`)]
    : [dim(text)]
}

function alarmPieces({ counterpart, step }: AlarmNews, viewer: Viewer): Piece[] {
  if (step === undefined) return [bad(safety`urgent, and ${counterpart} has not received it: call them`)]
  return stepPieces(step, viewer, counterpart)
}

function eventPieces({ by, type, content, crossed }: ThreadEvent, viewer: Viewer): Piece[] {
  const code = 'code' in content ? content.code : 'outcome' in content && content.outcome
  return [
    `${party(by, viewer)}: `,
    bold(words(type)),
    ...(typeof code === 'string' && code !== '' ? [`, ${words(code)}`] : []),
    ...(crossed ? [dim(` ${t`(without effect: something else came first)`}`)] : []),
  ]
}

function referralPieces({ by, content }: EventOf<'refer'>): Piece[] {
  return [bold(t`new referral: ${label('referral-kind', content.kind)}`), ' ', t`from ${by}`]
}
