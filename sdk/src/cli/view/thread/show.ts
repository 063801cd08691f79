// One referral for people and programs: its state, content and history. docs/guide/rex-desk.md

import type { ThreadEvent } from '../../../client/api/events.ts'
import type { CurrentReferral, ThreadView } from '../../../client/api/thread.ts'
import { type ThreadHead, threadJson } from '../../../service/item-json.ts'
import { label, safety, t } from '../../language/language.ts'
import { defangText } from '../../output/defang.ts'
import { bad, bold, dim, heading, type Line, warn } from '../../output/lines.ts'
import { type Extent, referralLines } from '../referral/referral.ts'
import { facts, type Viewer, verbsOf } from '../words.ts'
import { became, threadStatusLines } from './thread-status.ts'
import { eventLines } from './timeline.ts'

/** The exchange with one counterpart. */
interface ShownTrack {
  readonly counterpart: string
  readonly view: ThreadView
}

/** The referral to show, already masked or revealed. */
export interface Shown {
  readonly thread: ThreadHead
  readonly masked: boolean
  readonly content: CurrentReferral
  readonly tracks: readonly ShownTrack[]
  /** Events of all tracks, in this desk's order. */
  readonly events: readonly ThreadEvent[]
}

/** Shows the referral to people. */
export function showLines(shown: Shown, viewer: Viewer, extent: Extent): Line[] {
  const { content, tracks } = shown
  return [
    ...headLines(shown),
    ...tracks.flatMap((track) => trackLines(shown, track, viewer)),
    ...referralLines(content.referral, extent),
    ...stagedLines(content),
    ...historyLines(shown, viewer),
    ...(shown.masked
      ? [
          '',
          [
            dim(
              safety`Details that identify people are masked; --reveal shows them. First make sure that nobody else can see your screen.`,
            ),
          ],
        ]
      : []),
  ]
}

/** Formats the referral for programs. URLs are not defanged, so programs must not open them. */
export function showJson({ thread, masked, content, tracks, events }: Shown): object {
  return { thread: threadJson(thread), masked, ...content, tracks, events }
}

function headLines({ thread, content: { referral } }: Shown): Line[] {
  const kind = label('referral-kind', referral.kind ?? 'referral')
  const others = thread.counterparts.join(', ')
  return [
    [
      bold(kind),
      ' ',
      thread.role === 'recipient' ? t`from ${others}` : t`to ${others}`,
      ...(referral.lane === 'urgent' ? [' ', bad(t`URGENT`)] : []),
      ...(referral.group ? [t`, ${referral.group.index} of ${referral.group.size} of a group`] : []),
    ],
    ...(thread.test ? [[warn(safety`TEST TRAFFIC: this is a rehearsal; no person in it is real.`)]] : []),
  ]
}

function trackLines({ thread, content }: Shown, { counterpart, view }: ShownTrack, viewer: Viewer): Line[] {
  return [
    ...(thread.counterparts.length > 1 ? heading(counterpart) : ['']),
    ...threadStatusLines(thread, view, viewer, counterpart),
    ...facts([
      ...openItems(content, view),
      ...view.openQuestions.map(
        ({ id, text, path }) => ['asked', warn(`${id}: ${defangText(text)}${field(path)}`)] as const,
      ),
      ['possible', dim(verbsOf(view.allowed).join(', ') || t`nothing more`)],
    ]),
  ]
}

/** Returns a row with the number of items without an outcome. Returns no row if all items have an outcome, or none has. */
function openItems({ referral: { items = [] } }: CurrentReferral, { itemOutcomes }: ThreadView) {
  const open = items.filter(({ id }) => !Object.hasOwn(itemOutcomes, id)).length
  if (open === 0 || open === items.length) return []
  return [['open', t`${open} of ${items.length} items have no outcome yet`] as const]
}

function field(path: string | undefined): string {
  return path === undefined ? '' : ` [${path}]`
}

function stagedLines({ staged }: CurrentReferral): Line[] {
  if (staged.length === 0) return []
  const names = staged.map((type) => label('section-type', type)).join(', ')
  return ['', [dim(t`Held back until the recipient accepts and you disclose it: ${names}`)]]
}

function historyLines({ events, tracks }: Shown, viewer: Viewer): Line[] {
  return [
    ...heading(t`What happened`),
    ...events.flatMap((event) => [...eventLines(event, viewer), ...deliveryLines(event, tracks)]),
  ]
}

/** Shows the delivery state of a message of this desk, unless the message was simply received. */
function deliveryLines({ messageId: id }: ThreadEvent, tracks: readonly ShownTrack[]): Line[] {
  const deliveries = tracks.flatMap(({ view }) => view.delivery).filter(({ messageId }) => messageId === id)
  return deliveries
    .filter(({ state }) => tracks.length > 1 || state !== 'received')
    .map((delivery): Line => {
      const { recipient, state } = delivery
      const text = `      ${t`to ${recipient}: ${became(delivery)}`}`
      return state === 'refused' || state === 'expired' ? [bad(text)] : [dim(text)]
    })
}
