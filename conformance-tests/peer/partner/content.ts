// Contents of a partner's messages: default contents, with the members that a scenario sets. docs/guide/conformance.md
import { ReferralSection } from '@rex/proto/core/v1/referral'
import * as thread from '@rex/proto/core/v1/thread'
import { field } from '../../generate/bytes/wire.ts'
import { CONTENTS, type EventName, TYPES } from '../../generate/threads/events.ts'
import type { Codec } from '../grpc/messages.ts'

type Json = Readonly<Record<string, unknown>>

/** Returns the number of an event type. */
export function typeOf(name: string): number {
  return name === 'receipt' ? thread.EventType.RECEIPT : TYPES[name as EventName]
}

/** Returns the name of an event type. */
export function nameOf(type: number): string {
  const found = Object.entries(thread.EventType).find(([, number]) => number === type)?.[0] ?? String(type)
  return found.toLowerCase().replaceAll('_', '-')
}

/** Returns a canonical `Event` of a type: the default content, with the members that a scenario sets. */
export function eventBytes(name: string, members: Json = {}): Uint8Array {
  const number = typeOf(name)
  const codecs = thread as unknown as Readonly<Record<string, Codec<Json> | undefined>>
  const codec = codecs[name.replaceAll(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase())]
  if (codec === undefined) throw new Error(`There is no event ${name}.`)
  const usual = codec.decode(CONTENTS[name as EventName])
  return field([number, codec.encode({ ...usual, ...members }).finish()])
}

/** Returns a canonical `ReferralSection` of a type with the given JSON members. Texts are encoded unchanged. */
export function sectionBytes(type: string, members: Json = {}): Uint8Array {
  const empty = ReferralSection.decode(new Uint8Array())
  const usual = USUAL[type] ?? {}
  return ReferralSection.encode({ ...empty, id: type, version: 1, ...usual, ...members }).finish()
}

/** Decodes a section and leaves out empty members. */
export function contentOf(section: Uint8Array): unknown {
  return JSON.parse(JSON.stringify(ReferralSection.decode(section)))
}

/** Default sections, which identify nobody. */
const USUAL: Readonly<Record<string, Partial<ReferralSection>>> = {
  triage: {
    triage: {
      ageBand: '11-13',
      gender: 'female',
      children: 1,
      country: 'PL',
      area: undefined,
      languages: ['pl'],
      interpreter: undefined,
      risk: 'medium',
      services: ['psychosocial'],
      abuse: ['grooming'],
      urgency: undefined,
      note: undefined,
      absent: [],
      neededBy: '',
      priority: '',
    },
  },
  handling: {
    handling: {
      tlp: 'amber-strict',
      permittedActions: ['internally-visible'],
      purposes: ['victim-support'],
      onward: 'ask-first',
      onwardTo: [],
      attribution: 'must-not',
      notification: 'must-not',
      expires: '',
      conditions: undefined,
    },
  },
}
