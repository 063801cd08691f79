// The content guard: REX carries references to material, never the material itself. docs/spec/referral.md, "Content guard"

import { pathOf } from '../../input/path.ts'
import { RexError } from '../../input/refusal.ts'
import { bytesHold, textHolds } from './content.ts'
import { bytesOf } from './decoding/numbers.ts'
import { leaveRooms } from './decoding/room.ts'
import { type Joined, type Leaf, Leaves } from './leaves.ts'
import { Work } from './packed/work.ts'

/** The end of the message for refused content, after the path. */
export const REFUSED = 'holds an image, a video, a PDF, or packed data that may hold one'
/** The remedy for refused content. */
export const REMEDY = 'Remove it, and refer to the material by its URL or hash.'

/**
 * Returns the path of the first image or video, or part of one, in any text or bytes of a value, or undefined if there is none
 * (REX-REF-070). Recognises media by their content, in any encoding, even if they are compressed or split over neighbouring texts or
 * numbers. Takes time linear in the size of the value.
 */
export function guard(value: unknown): string | undefined {
  const leaves = new Leaves(value)
  const work = new Work(leaves.size)
  const found = leaves.all.find((leaf) => leafHolds(leaf, work)) ?? joinedHolds(leaves.joined(), work)
  leaveRooms()
  return found && pathOf(found.place)
}

/** Refuses content that contains an image or video. @throws RexError CONTENT_REFUSED with the path */
export function guardContent(value: unknown): void {
  refuseMedia(guard(value))
}

/** Refuses content if media was found at a path. @throws RexError CONTENT_REFUSED with the path */
export function refuseMedia(path: string | undefined): void {
  if (path === undefined) return
  throw new RexError('CONTENT_REFUSED', `${path || 'The content'} ${REFUSED}.`, { path, hint: REMEDY })
}

/** Whether bytes contain an image or video, raw or encoded as text. @throws RexError MALFORMED unless they are a Uint8Array */
export function guardBytes(bytes: Uint8Array): boolean {
  if (!(bytes instanceof Uint8Array))
    throw new RexError('MALFORMED', 'The content must be a Uint8Array.', { path: 'bytes' })
  const holds = leafHolds({ content: bytes, hasData: true }, new Work(bytes.length))
  leaveRooms()
  return holds
}

function leafHolds({ content, hasData }: Pick<Leaf, 'content' | 'hasData'>, work: Work): boolean {
  if (typeof content === 'string') return textHolds(content, work, 0, hasData)
  if (!(content instanceof Uint8Array)) return false
  return bytesHold(content, work) || textHolds(new TextDecoder('latin1').decode(content), work)
}

function joinedHolds(all: Iterable<Joined>, work: Work): Joined | undefined {
  for (const joined of all) {
    const { content } = joined
    const holds =
      typeof content === 'string'
        ? textHolds(content, work)
        : bytesOf(content).some((bytes) => bytesHold(bytes, work))
    if (holds) return joined
  }
  return undefined
}
