// Converts the events of a thread to the form that applications see. docs/guide/desk.md, "Threads"
import { toHex } from '../../../core/encoding/encoding.ts'
import { RexError } from '../../../core/error.ts'
import { eventName } from '../../../core/thread/event.ts'
import type { ThreadEvent } from '../../api/events.ts'
import type { OpenThread, ThreadMessage } from '../repository/open-thread.ts'

/** Returns the event of the message with this digest, even if the message reuses the id of another. @throws RexError NOT_FOUND */
export function threadEvent(thread: OpenThread, digest: string, organisation: string): ThreadEvent {
  const kept = [...thread.messages, ...thread.conflicts]
  const message = kept.find((candidate) => candidate.digest === digest)
  if (message === undefined) throw new RexError('NOT_FOUND', 'There is no such message in the thread.')
  return eventOf(thread, message, organisation)
}

/** Converts the event of a message. */
export function eventOf(thread: OpenThread, message: ThreadMessage, organisation: string): ThreadEvent {
  const { manifest, digest, event } = message
  return {
    digest,
    messageId: toHex(manifest.messageId),
    type: eventName(manifest.type) as ThreadEvent['type'],
    by: manifest.sender,
    mine: manifest.sender === organisation,
    createdMs: manifest.createdMs,
    content: readable(event.content?.value ?? {}),
    crossed: isCrossed(thread, digest),
  } as ThreadEvent
}

/** Returns whether a message is on record without effect in every track that contains it. */
function isCrossed(thread: OpenThread, digest: string): boolean {
  const placed = [...thread.tracks.values()].flatMap((track) =>
    track.placed.filter(({ event }) => event.digest === digest),
  )
  return placed.length > 0 && placed.every(({ effective }) => !effective)
}

/** Converts a value to plain data, with bytes as hex and without empty members. */
function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(readable)
  if (typeof value !== 'object' || value === null) return value
  const filled = Object.entries(value).filter(
    ([, member]) => member !== '' && member !== 0 && (member as { length?: number }).length !== 0,
  )
  return Object.fromEntries(filled.map(([name, member]) => [name, readable(member)]))
}
