// Where one thread stands, in two or three lines, and for programs. docs/guide/rex-desk.md
import type { ThreadView } from '../../client/api.ts'
import { bad, bold, type Line, type Piece, warn } from '../output/lines.ts'
import { type ThreadHead, threadJson } from './item.ts'
import { facts, party, shortId, stepPieces, testMark, type Viewer, words } from './words.ts'

/** State, responsibility and next step of one track. */
export function standLines(thread: ThreadHead, view: ThreadView, viewer: Viewer): Line[] {
  return facts([
    ['thread', shortId(thread.id), ...refPieces(thread), ...testMark(thread.test)],
    ['state', bold(words(view.state)), `, responsible: ${party(view.responsible, viewer)}`],
    ['next', ...stepPieces(view.nextStep, viewer)],
    ...(view.frozen === undefined ? [] : [['held', bad(FROZEN[view.frozen])] as const]),
    ...view.held.map(
      ({ digest, type, code }) => ['', warn(`${words(type)} ${shortId(digest)}: ${code}`)] as const,
    ),
    ...undelivered(view).map((text) => ['sending', warn(text)] as const),
  ])
}

/** The same for programs. */
export function standJson(thread: ThreadHead, view: ThreadView): object {
  return { thread: threadJson(thread), ...view }
}

const FROZEN = {
  fork: 'two histories exist; compare with the other side before you go on',
  held: 'a code is not understood; a person has to decide, see `rex-desk resolve --help`',
} as const

function refPieces({ ref }: ThreadHead): Piece[] {
  return ref === undefined ? [] : [`, your ref. ${ref}`]
}

const UNDERWAY = new Set(['intended', 'submitted', 'stored', 'refused', 'expired', 'held'])

function undelivered({ delivery }: ThreadView): string[] {
  return delivery
    .filter(({ state }) => UNDERWAY.has(state))
    .map(({ type, recipient, state }) => `${words(type)} to ${recipient}: ${DELIVERY[state]}`)
}

/** What a delivery state means. */
export const DELIVERY = {
  intended: 'saved here, on its way to your gateway',
  submitted: 'at your gateway, on its way',
  stored: 'stored at their gateway',
  received: 'received by their desk',
  seen: 'seen by a person',
  held: 'held there for a person to decide',
  refused: 'refused',
  expired: 'not delivered in time',
} as const
