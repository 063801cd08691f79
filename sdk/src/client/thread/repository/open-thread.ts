import { Lane, type Manifest } from '@rex/proto/core/v1/envelope'
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { type Event, EventType } from '@rex/proto/core/v1/thread'
import { toHex } from '../../../core/encoding/encoding.ts'
import { RexError } from '../../../core/error.ts'
import type { Referral } from '../../../core/referral/index.ts'
import type { Track } from '../../../core/thread/track.ts'
import type { Role } from '../../../core/thread/transitions.ts'
import type { Erasure, LegalHold } from '../../api/erasure.ts'
import type { MessageStatus } from '../../store/store.ts'

/** The length of a group id, in bytes. */
export const GROUP_ID = 16

/** The summary of a thread, for lists. It is sealed at rest. */
export interface Summary {
  readonly ref?: string
  readonly kind: string
  readonly urgent: boolean
  readonly referrer: string
  readonly recipients: readonly string[]
  /** The thread id of this desk's newest referral that follows this one. */
  readonly followedBy?: string
  /** The legal hold. While it is set, the thread must not be erased. */
  readonly hold?: LegalHold
  /** The indexes of the refer's sections that `disclose` sends after the accept, by recipient. Absent if the referral was received. */
  readonly staged?: Readonly<Record<string, readonly number[]>>
  /**
   * The ids of lint findings that a person here has confirmed. They are never sent, because they would show others where to
   * look for an identifying word (REX-REF-143).
   */
  readonly confirmed?: readonly string[]
}

/** A decrypted message of a thread. */
export interface ThreadMessage {
  readonly sequence: number
  /** The manifest digest, in hex. */
  readonly digest: string
  readonly status: MessageStatus
  readonly manifest: Manifest
  readonly event: Event
  /** The referral's sections that this desk has, as canonical Section bytes with their index in the manifest. */
  readonly sections: readonly {
    readonly index: number
    readonly type: string
    readonly content: Uint8Array
    readonly bytes: Uint8Array
  }[]
  readonly evidence: EvidenceMessage
}

/** A thread in memory. Its tracks and messages change as events are added. */
export interface OpenThread {
  readonly id: string
  readonly role: Role
  readonly test: boolean
  /** The key slot in the store. 0: the thread gets a key when it is first stored. */
  slot: number
  key: Uint8Array
  summary: Summary
  /** Absent if the thread is not erased. */
  erased?: Erasure | undefined
  readonly messages: ThreadMessage[]
  /** Further messages that reuse an id from `messages`, as proof that their sender signed both (T-043). */
  readonly conflicts: ThreadMessage[]
  /** The tracks by counterpart. */
  readonly tracks: Map<string, Track>
}

/** Returns the counterparts that a message concerns. */
export function counterpartsOf(
  thread: OpenThread,
  manifest: Manifest,
  { evidence, organisation }: { evidence: EvidenceMessage; organisation: string },
): string[] {
  if (manifest.sender !== organisation) return [manifest.sender]
  if (thread.role === 'recipient') return [thread.summary.referrer]
  const named = evidence.deliveries.flatMap(({ commitment }) =>
    commitment === undefined ? [] : [commitment.recipient],
  )
  return [...new Set(named)]
}

/** Makes the summary of a thread that a received refer opens. */
export function summaryOf(
  { manifest, event }: Pick<ThreadMessage, 'manifest' | 'event'>,
  { organisation, lane }: { readonly organisation: string; readonly lane: Lane | undefined },
): Summary {
  const kind = event.content?.$case === 'refer' ? event.content.value.kind : ''
  return { kind, urgent: lane === Lane.URGENT, referrer: manifest.sender, recipients: [organisation] }
}

/** Returns whether a message opens a thread. */
export function isRefer({ manifest }: Pick<ThreadMessage, 'manifest'>): boolean {
  return manifest.type === EventType.REFER
}

/** Returns the message that opened a thread. */
export function referOf({ messages }: OpenThread): ThreadMessage | undefined {
  return messages.find(isRefer)
}

/** Returns the parts of a referral that are outside its sections (REX-REF-001). */
export function headOf(thread: OpenThread): Pick<Referral, 'kind' | 'test' | 'lane' | 'group'> {
  const { kind, urgent } = thread.summary
  const content = referOf(thread)?.event?.content
  const refer = content?.$case === 'refer' && content.value.group.length > 0 ? content.value : undefined
  return {
    kind,
    test: thread.test,
    ...(urgent && { lane: 'urgent' }),
    ...(refer && { group: { id: toHex(refer.group), index: refer.groupIndex, size: refer.groupSize } }),
  }
}

/** Returns whether a message is a held refer. Unlike other held messages, it has a place in its track (REX-THR-005). */
export function isHeldRefer({ status, manifest }: ThreadMessage): boolean {
  return status === 'held' && manifest.type === EventType.REFER
}

/** Returns an organisation's messages that are held because of an unknown code. */
export function heldFrom({ messages }: OpenThread, organisation: string): ThreadMessage[] {
  return messages.filter(({ status, manifest }) => status === 'held' && manifest.sender === organisation)
}

/**
 * Returns the indexes of the sections that a message of this desk grants to an organisation, or undefined if the
 * message is not for that organisation.
 */
export function grantedTo(
  { deliveries }: EvidenceMessage,
  organisation: string,
): readonly number[] | undefined {
  return deliveries.find(({ commitment }) => commitment?.recipient === organisation)?.commitment?.sections
}

/** Returns whether a message has a place in a track. Dropped, forked and parked messages have no place, nor have held messages other than a refer. */
export function isPlaced({ tracks }: OpenThread, { digest }: Pick<ThreadMessage, 'digest'>): boolean {
  return [...tracks.values()].some(({ events }) => events.has(digest))
}

/** Returns the track with an organisation. @throws RexError NOT_FOUND */
export function trackOf(thread: OpenThread, counterpart: string): Track {
  const track = thread.tracks.get(counterpart)
  if (track === undefined) throw new RexError('NOT_FOUND', `The thread has no track with ${counterpart}.`)
  return track
}
