import { Section } from '@rex/proto/core/v1/envelope'
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { Event } from '@rex/proto/core/v1/thread'
import { compare, decode } from '../../../core/encoding/encoding.ts'
import { sectionDigest } from '../../../core/envelope/digest.ts'
import { parseManifest } from '../../../core/envelope/manifest.ts'
import { RexError } from '../../../core/error.ts'
import { trackEventOf } from '../../../core/judge.ts'
import { LIMITS } from '../../../core/limits.ts'
import {
  dropEvent,
  openTrack,
  restoreEvent,
  type Track,
  type TrackEvent,
} from '../../../core/thread/track.ts'
import type { DeskWrites, MessageRecord, MessageStatus } from '../../store/store.ts'
import { counterpartsOf, grantedTo, isHeldRefer, type OpenThread, type ThreadMessage } from './open-thread.ts'

/** Changes the status of a message in memory and in the store. */
export function markMessage(
  write: DeskWrites,
  thread: OpenThread,
  digest: string,
  status: MessageStatus,
): void {
  replaceMessage(thread, digest, (message) => ({ ...message, status }))
  write.updateMessage(digest, { status })
}

/** The component that seals the content of a message for the store. */
interface Sealing {
  sealMessage(thread: OpenThread, evidence: EvidenceMessage): Uint8Array
}

/** Adds deliveries to the evidence of a resealed message of this desk, in memory and in the store. */
export function extendEvidence(
  write: DeskWrites,
  threads: Sealing,
  { thread, digest, more }: { thread: OpenThread; digest: string; more: EvidenceMessage['deliveries'] },
): void {
  const extended = replaceMessage(thread, digest, ({ evidence, ...message }) => ({
    ...message,
    evidence: { ...evidence, deliveries: [...evidence.deliveries, ...more] },
  }))
  if (extended !== undefined)
    write.updateMessage(digest, { content: threads.sealMessage(thread, extended.evidence) })
}

function replaceMessage(
  { messages }: OpenThread,
  digest: string,
  change: (message: ThreadMessage) => ThreadMessage,
): ThreadMessage | undefined {
  const at = messages.findIndex((message) => message.digest === digest)
  const before = messages[at]
  if (before === undefined) return undefined
  const after = change(before)
  messages[at] = after
  return after
}

/**
 * Adds a message to its thread and tracks. If the message is not allowed in the state to which its ancestors led, it stays on
 * record without effect.
 */
export function placeMessage(thread: OpenThread, message: ThreadMessage, organisation: string): void {
  const { status, manifest, evidence, digest } = message
  if (status === 'conflict') return void thread.conflicts.push(message)
  thread.messages.push(message)
  if (status === 'held' && !isHeldRefer(message)) return
  for (const counterpart of counterpartsOf(thread, manifest, { evidence, organisation })) {
    const sections = sectionsFor(message, counterpart)
    const event = trackEventOf({ ...message, sections }, { organisation, role: thread.role })
    const track = thread.tracks.get(counterpart)
    if (track === undefined) thread.tracks.set(counterpart, openTrack(event))
    else thread.tracks.set(counterpart, status === 'dropped' ? dropEvent(track, digest) : grow(track, event))
  }
}

/**
 * Returns the sections of a message in the track with an organisation. For a message of this desk, these are the
 * sections granted to that organisation.
 */
function sectionsFor({ sections, evidence }: ThreadMessage, counterpart: string): ThreadMessage['sections'] {
  const granted = grantedTo(evidence, counterpart)
  return granted === undefined ? sections : sections.filter(({ index }) => granted.includes(index))
}

function grow(track: Track, event: TrackEvent): Track {
  try {
    return restoreEvent(track, event)
  } catch (error) {
    if (RexError.is(error, 'INVALID_EVENT')) return track
    throw error
  }
}

/** Restores a message from its evidence. */
export function messageOf(
  evidence: EvidenceMessage,
  at: Pick<MessageRecord, 'sequence' | 'digest' | 'status'>,
): ThreadMessage {
  const manifest = parseManifest(evidence.manifest?.payload ?? new Uint8Array())
  const sections = evidence.sections.map((bytes) => {
    const { type, content } = decode(Section, bytes, 'section', LIMITS.envelope)
    const digest = sectionDigest(bytes)
    return {
      index: manifest.sectionDigests.findIndex((entry) => compare(entry, digest) === 0),
      type,
      content,
      bytes,
    }
  })
  const eventSection = sections.find(({ type }) => type === 'event')
  const event =
    manifest.event ?? decode(Event, eventSection?.content ?? new Uint8Array(), 'event', LIMITS.envelope)
  return { ...at, manifest, event, sections: sections.filter(({ type }) => type !== 'event'), evidence }
}
