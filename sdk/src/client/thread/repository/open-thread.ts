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

/** Length of a group id in bytes. */
export const GROUP_ID = 16

/** Summary of a thread for lists. Sealed at rest. */
export interface Summary {
  readonly ref?: string
  readonly kind: string
  readonly urgent: boolean
  readonly referrer: string
  readonly recipients: readonly string[]
  /** Thread id of this desk's newest referral that follows this one. */
  readonly followedBy?: string
  /** It must not be erased. */
  readonly hold?: LegalHold
  /** By recipient: indexes of the refer's sections that `disclose` sends after acceptance. Absent: the referral was received. */
  readonly staged?: Readonly<Record<string, readonly number[]>>
  /** Ids of findings of the lint that a person here has confirmed. They are never sent: each names a leak (REX-REF-143). */
  readonly confirmed?: readonly string[]
}

/** A message of a thread, decrypted. */
export interface ThreadMessage {
  readonly sequence: number
  /** Manifest digest, hex. */
  readonly digest: string
  readonly status: MessageStatus
  readonly manifest: Manifest
  readonly event: Event
  /** Canonical Section bytes of the referral's sections present at this desk, by index in the manifest. */
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
  /** Its key and the slot of the key; 0: it gets one when it is first stored. */
  slot: number
  key: Uint8Array
  summary: Summary
  /** Absent: it is not erased. */
  erased?: Erasure | undefined
  readonly messages: ThreadMessage[]
  /** Other messages with an id of these: proof that their sender signed both (T-043). */
  readonly conflicts: ThreadMessage[]
  /** By counterpart: the other organisation. */
  readonly tracks: Map<string, Track>
}

/** The other organisations that a message concerns. */
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

/** The summary of a thread that a received refer opens. */
export function summaryOf(
  { manifest, event }: Pick<ThreadMessage, 'manifest' | 'event'>,
  { organisation, lane }: { readonly organisation: string; readonly lane: Lane | undefined },
): Summary {
  const kind = event.content?.$case === 'refer' ? event.content.value.kind : ''
  return { kind, urgent: lane === Lane.URGENT, referrer: manifest.sender, recipients: [organisation] }
}

/** Whether a message opens a thread. */
export function isRefer({ manifest }: Pick<ThreadMessage, 'manifest'>): boolean {
  return manifest.type === EventType.REFER
}

/** The message that opened a thread. */
export function referOf({ messages }: OpenThread): ThreadMessage | undefined {
  return messages.find(isRefer)
}

/** The parts of a referral that travel outside its sections (REX-REF-001). */
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

/** Whether a message is a refer that waits for a person. Unlike other held messages it has a place in its track (REX-THR-005). */
export function isHeldRefer({ status, manifest }: ThreadMessage): boolean {
  return status === 'held' && manifest.type === EventType.REFER
}

/** Messages of an organisation that wait for a person because of an unknown code. */
export function heldFrom({ messages }: OpenThread, organisation: string): ThreadMessage[] {
  return messages.filter(({ status, manifest }) => status === 'held' && manifest.sender === organisation)
}

/** Indexes of the sections that an own message grants to an organisation. Undefined: the message is not for that organisation. */
export function grantedTo(
  { deliveries }: EvidenceMessage,
  organisation: string,
): readonly number[] | undefined {
  return deliveries.find(({ commitment }) => commitment?.recipient === organisation)?.commitment?.sections
}

/** Whether a message has its place in a track: neither held back, dropped nor forked, and not waiting for another. */
export function isPlaced({ tracks }: OpenThread, { digest }: Pick<ThreadMessage, 'digest'>): boolean {
  return [...tracks.values()].some(({ events }) => events.has(digest))
}

/** The track with an organisation. @throws RexError NOT_FOUND */
export function trackOf(thread: OpenThread, counterpart: string): Track {
  const track = thread.tracks.get(counterpart)
  if (track === undefined) throw new RexError('NOT_FOUND', `The thread has no track with ${counterpart}.`)
  return track
}
