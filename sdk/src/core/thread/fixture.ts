// Builds thread events for tests: signed events are plain data here, so any unique text serves as a digest.
import { type Event, EventType } from '@rex/proto/core/v1/thread'
import { EVENT_TYPES, type EventContent } from './event.ts'
import type { TrackEvent } from './track.ts'
import type { Role } from './transitions.ts'

const CONTENTS: Readonly<Record<string, object>> = {
  refer: {
    kind: 'victim-support',
    group: new Uint8Array(),
    groupIndex: 0,
    groupSize: 0,
    decideByMs: 0,
    follows: new Uint8Array(),
    codeLists: [],
    staged: [],
  },
  disclose: { sections: [1] },
  accept: { except: [], reference: '', text: '' },
  decline: { code: 'no-capacity', alternative: '', retryAfterMs: 0, text: '' },
  'request-info': { questions: [{ id: '1', path: '', text: 'Where?' }], neededByMs: 0 },
  'provide-info': { request: new Uint8Array(32), answers: [{ id: '1', text: 'Here.', absence: '' }] },
  waitlist: { expectedMs: 0, position: 0, text: '' },
  progress: { code: 'contact-made', itemOutcomes: [], timeMs: 0, text: '' },
  complete: { outcome: 'service-provided', partly: false, itemOutcomes: [], text: '' },
  fail: { code: 'unreachable', alternative: '', itemOutcomes: [], text: '' },
  withdraw: { code: 'no-longer-needed', text: '' },
  recall: { code: 'sent-in-error', messages: [], text: '' },
  'recall-attestation': { recall: new Uint8Array(32), code: 'destroyed', text: '' },
  'consent-change': { code: 'withdrawn', people: [], sections: [], text: '' },
  'consent-acknowledgement': { change: new Uint8Array(32), code: 'done', text: '' },
  correct: { text: '' },
  note: { text: 'A remark.', language: 'en' },
  feedback: { code: 'helped', itemOutcomes: [], text: '' },
  resumed: { previousChain: new Uint8Array() },
  'entered-in-error': { text: '' },
}

/** Makes an event of the named type; `content` changes the default content. */
export function makeEvent(name: string, content: object = {}): Event {
  const $case = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  return { content: { $case, value: { ...CONTENTS[name], ...content } } as unknown as EventContent }
}

/** Properties of a test event, all with defaults. */
export interface Made {
  readonly digest?: string
  readonly heads?: readonly string[]
  readonly chain?: string
  readonly counter?: number
  readonly void?: readonly string[]
  readonly content?: object
  readonly bytes?: number
  readonly sections?: readonly string[]
}

let made = 0

/** Makes a track event by a role. Counters increase, so that no two events claim the same position. */
export function trackEvent(role: Role, name: string, options: Made = {}): TrackEvent {
  const number = ++made
  return {
    digest: options.digest ?? number.toString(16).padStart(64, '0'),
    messageId: number.toString(16).padStart(32, '0'),
    role,
    chain: options.chain ?? role,
    counter: options.counter ?? number,
    heads: options.heads ?? [],
    void: options.void ?? [],
    createdMs: 1000 + number,
    type: EVENT_TYPES.get(name) ?? EventType.UNSPECIFIED,
    event: makeEvent(name, options.content),
    bytes: options.bytes ?? 100,
    sections: options.sections ?? [],
  }
}
