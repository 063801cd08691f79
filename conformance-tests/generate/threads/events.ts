// Makes canonical `Event` bytes for every transition. proto/rex/core/v1/thread.proto
import { bytesOf } from '../bytes/crypto.ts'
import { type Field, field, message, packed, repeated, utf8 } from '../bytes/wire.ts'

/** Number of each event type, by kebab-case name. Its member of `Event.content` has the same field number. */
export const TYPES = {
  refer: 1,
  disclose: 2,
  accept: 3,
  decline: 4,
  'request-info': 5,
  'provide-info': 6,
  waitlist: 7,
  progress: 8,
  complete: 9,
  fail: 10,
  withdraw: 11,
  recall: 12,
  'recall-attestation': 13,
  'consent-change': 14,
  'consent-acknowledgement': 15,
  correct: 16,
  note: 17,
  feedback: 18,
  resumed: 19,
  'entered-in-error': 21,
} as const
export type EventName = keyof typeof TYPES

/** Content of an event: canonical bytes of its member of `Event.content`. */
type Content = Uint8Array

const NOTHING = new Uint8Array()
const digestOf = (label: string) => bytesOf(`a message: ${label}`)
const question = message([1, 'q1'], [3, 'Where is the child now? Test traffic.'])
const answer = message([1, 'q1'], [2, 'At school. Test traffic.'])

/** Default content for each event type. */
export const CONTENTS: Readonly<Record<EventName, Content>> = {
  refer: message([1, 'victim-support']),
  disclose: message([1, packed([2])]),
  accept: NOTHING,
  decline: message([1, 'no-capacity']),
  'request-info': repeated(1, [question]),
  'provide-info': Buffer.concat([message([1, digestOf('request')]), repeated(2, [answer])]),
  waitlist: NOTHING,
  progress: message([1, 'contact-made']),
  complete: message([1, 'service-provided']),
  fail: message([1, 'unreachable']),
  withdraw: message([1, 'no-longer-needed']),
  recall: Buffer.concat([message([1, 'sent-in-error']), repeated(2, [digestOf('recalled')])]),
  'recall-attestation': message([1, digestOf('recall')], [2, 'destroyed']),
  'consent-change': Buffer.concat([message([1, 'withdrawn']), repeated(2, [utf8('child')])]),
  'consent-acknowledgement': message([1, digestOf('change')], [2, 'carried-out']),
  correct: NOTHING,
  note: message([1, 'Fictional. Test traffic.'], [2, 'en']),
  feedback: message([1, 'helped']),
  resumed: NOTHING,
  'entered-in-error': NOTHING,
}

/** Event type and content of the transitions that are not event types (REX-THR-011). */
const SPECIAL: Readonly<Record<string, readonly [EventName, Content]>> = {
  'complete-partly': ['complete', message([1, 'service-provided'], [2, true])],
  'recall-thread': ['recall', message([1, 'sent-in-error'])],
  'consent-withdrawn': ['consent-change', message([1, 'withdrawn'])],
}

/** An event: its type, and its content as canonical bytes. */
export interface Happening {
  readonly type: EventName
  readonly content: Content
}

/** Returns the event of a transition. */
export function happening(transition: string): Happening {
  const [type, content] = SPECIAL[transition] ?? [transition as EventName, CONTENTS[transition as EventName]]
  return { type, content }
}

/** Makes an event with the given fields as content. */
export function saying(type: EventName, ...fields: readonly Field[]): Happening {
  return { type, content: message(...fields) }
}

/** Encodes an event as a canonical `Event`. */
export function eventBytes({ type, content }: Happening): Uint8Array {
  return field([TYPES[type], content])
}
