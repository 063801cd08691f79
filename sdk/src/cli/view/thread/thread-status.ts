// Shows the state of one thread: to people in two or three lines, to programs as JSON. docs/guide/rex-desk.md

import type { ThreadView } from '../../../client/api/thread.ts'
import { type ThreadHead, threadJson } from '../../../service/item-json.ts'
import { later, safety, t } from '../../language/language.ts'
import { bad, bold, type Line, type Piece, warn } from '../../output/lines.ts'
import {
  facts,
  outcomeCounts,
  party,
  shortId,
  stepPieces,
  testMark,
  type Viewer,
  when,
  words,
} from '../words.ts'

/** Shows state, responsibility and next step of one track. */
export function threadStatusLines(
  thread: ThreadHead,
  view: ThreadView,
  viewer: Viewer,
  counterpart = thread.counterparts.join(', '),
): Line[] {
  return facts([
    ['thread', shortId(thread.id), ...refPieces(thread), ...testMark(thread.test)],
    ['state', bold(words(view.state)), t`, responsible: ${party(view.responsible, viewer)}`],
    ...(view.undelivered === undefined
      ? []
      : [
          [
            'arrived',
            bad(t`never: ${became({ state: view.undelivered.outcome, ...view.undelivered })}`),
          ] as const,
        ]),
    ['next', ...stepPieces(view.nextStep, viewer, counterpart)],
    ...outcomeFacts(view),
    ...(view.legalHold === undefined
      ? []
      : [['kept', warn(t`under legal hold since ${when(view.legalHold.sinceMs, viewer)}`)] as const]),
    ...(view.frozen === undefined ? [] : [['held', bad(t(FROZEN[view.frozen]))] as const]),
    ...view.held.map(
      ({ digest, type, code }) => ['', warn(`${words(type)} ${shortId(digest)}: ${code}`)] as const,
    ),
    ...(view.unreceived
      ? [['late', bad(safety`urgent, and not received 15 minutes after it was sent: call them`)] as const]
      : []),
    ...underway(view).map((text) => ['sending', warn(text)] as const),
  ])
}

function outcomeFacts({ itemOutcomes }: ThreadView) {
  const outcomes = Object.values(itemOutcomes)
  return outcomes.length === 0 ? [] : [['items', outcomeCounts(outcomes)] as const]
}

/** Formats the state of one thread for programs. */
export function threadStatusJson(thread: ThreadHead, view: ThreadView): object {
  return { thread: threadJson(thread), ...view }
}

const FROZEN = {
  fork: later`two histories exist; compare them with the other side before you continue`,
  held: later`a code is unknown; a person has to decide, see rex-desk resolve --help`,
} as const

function refPieces({ ref }: ThreadHead): Piece[] {
  return ref === undefined ? [] : [t`, your ref. ${ref}`]
}

const UNDERWAY = new Set(['intended', 'submitted', 'stored', 'refused', 'expired', 'held'])

function underway({ delivery }: ThreadView): string[] {
  return delivery
    .filter(({ state }) => UNDERWAY.has(state))
    .map((one) => t`${words(one.type)} to ${one.recipient}: ${became(one)}`)
}

/** States the delivery state of a message, and the reason if it did not arrive. */
export function became({ state, reason }: Pick<ThreadView['delivery'][number], 'state' | 'reason'>): string {
  const text = t(DELIVERY[state])
  return state === 'refused' && reason !== undefined ? `${text} (${reason})` : text
}

/** Meanings of delivery states. */
export const DELIVERY = {
  intended: later`saved here, on its way to your gateway`,
  submitted: later`at your gateway, on its way`,
  stored: later`stored at their gateway`,
  received: later`received by their desk`,
  seen: later`seen by a person`,
  held: later`held there for a person to decide`,
  refused: later`refused`,
  expired: later`not delivered in time`,
} as const
