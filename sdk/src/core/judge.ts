// Judges a message against its thread: accepts it, holds it for a person or a predecessor, or refuses it. docs/spec/thread.md, "Taking in"
import type { Manifest } from '@rex/proto/core/v1/envelope'
import { Event, EventType } from '@rex/proto/core/v1/thread'
import { encoded, equal, toHex } from './encoding/encoding.ts'
import { RexError } from './error.ts'
import { guardContent } from './referral/guard/guard.ts'
import { checkHandling } from './referral/handling/check.ts'
import {
  fromSections,
  isSectionType,
  knownCode,
  type ReferralSection,
  unknownCodes,
} from './referral/index.ts'
import { decodeSection } from './referral-codec/section.ts'
import { checkEvent, unknownEventCodes } from './thread/event.ts'
import { type Added, addEvent, openTrack, type Track, type TrackEvent } from './thread/track.ts'
import type { Role } from './thread/transitions.ts'

/** An opened message, to be judged. */
export interface JudgedMessage {
  /** Manifest digest, hexadecimal. */
  readonly digest: string
  readonly manifest: Manifest
  readonly event: Event
  /** The granted sections of the referral. */
  readonly sections: readonly SealedSection[]
}

interface SealedSection {
  readonly index: number
  readonly type: string
  readonly content: Uint8Array
}

/** A thread as the judging organisation knows it. */
export interface JudgedThread {
  readonly organisation: string
  /** Role of the judging organisation. */
  readonly role: Role
  readonly test: boolean
  /** The organisations of the other side. */
  readonly others: readonly string[]
  /** Manifest of the refer, if it has arrived. */
  readonly refer: Manifest | undefined
  /** The track with the sender of the message, if it has begun. */
  readonly track: Track | undefined
}

/**
 * The result for a message that is not refused: the track with the message, and the `code` of its receipt. The receipt says `received` if
 * `code` is empty, otherwise `held`.
 */
export interface Judged {
  readonly track: Track | undefined
  readonly effect: Added['effect'] | 'held'
  readonly code: string
}

/** Decodes and checks a section: `decodeSection`, or a wrapper that also keeps the result. */
type Decode = (type: string, content: Uint8Array) => ReferralSection

/**
 * Judges a message by rows 4 to 17 of REX-THR-060.
 * @throws RexError with the reason for which it is refused
 */
export function judgeMessage(
  thread: JudgedThread,
  message: JudgedMessage,
  decode: Decode = decodeSection,
): Judged {
  checkEvent(message.event)
  guardEvent(message.event)
  checkBelongs(thread, message.manifest)
  checkDisclosed(thread.refer, message)
  const code = unknownCode(message, decode)
  if (code === undefined) return placeMessage(thread, message)
  // Even a held refer opens its track, so that the person can decide with the track's verbs (REX-THR-005).
  const isRefer = message.manifest.type === EventType.REFER
  return { track: isRefer ? openTrack(trackEventOf(message, thread)) : thread.track, effect: 'held', code }
}

/** Places a message in its track by rows 14 to 17 of REX-THR-060. @throws RexError INVALID_EVENT, LIMIT_EXCEEDED */
export function placeMessage(thread: JudgedThread, message: JudgedMessage): Judged {
  const event = trackEventOf(message, thread)
  if (thread.track === undefined) return { track: openTrack(event), effect: 'applied', code: '' }
  const { track, effect, missing } = addEvent(thread.track, event)
  const code = effect === 'forked' ? 'fork' : effect === 'parked' ? `gap:${missing[0]}` : ''
  return { track, effect, code }
}

/** Converts a message to plain data for the state machine. `organisation` has the role `role`; every other sender has the opposite role. */
export function trackEventOf(
  {
    digest,
    manifest,
    event,
    sections,
  }: Omit<JudgedMessage, 'sections'> & { readonly sections: readonly Omit<SealedSection, 'index'>[] },
  { organisation, role }: Pick<JudgedThread, 'organisation' | 'role'>,
): TrackEvent {
  const other: Role = role === 'referrer' ? 'recipient' : 'referrer'
  return {
    digest,
    messageId: toHex(manifest.messageId),
    role: manifest.sender === organisation ? role : other,
    chain: toHex(manifest.chain),
    counter: manifest.counter,
    heads: manifest.heads.map(toHex),
    void: manifest.void.map(toHex),
    createdMs: manifest.createdMs,
    type: manifest.type,
    event,
    bytes: sections.reduce((sum, { content }) => sum + content.length, encoded(Event, event).length),
    sections: sections.map(({ type }) => type),
  }
}

/** Rejects an event with an image or video in any of its texts (REX-REF-070). @throws RexError CONTENT_REFUSED with the path */
export function guardEvent({ content }: Pick<Event, 'content'>): void {
  if (content === undefined) return
  const members = Object.entries(content.value).filter(([, member]) => !holdsBytes(member))
  guardContent({ [content.$case]: Object.fromEntries(members) })
}

/** Whether a member of an event consists of bytes: ids or digests, which need no guard (REX-REF-072). */
function holdsBytes(member: unknown): boolean {
  return member instanceof Uint8Array || (Array.isArray(member) && member[0] instanceof Uint8Array)
}

/** Checks that a message is from the other side of its thread and has the thread's test flag (T-047). */
function checkBelongs({ organisation, others, test, track }: JudgedThread, manifest: Manifest): void {
  if (!others.includes(manifest.sender) || manifest.sender === organisation)
    throw new RexError('PEER_MISMATCH', 'The sender has no part in this thread.')
  if (manifest.testTraffic !== test)
    throw new RexError('POLICY_REFUSED', 'A thread cannot mix rehearsal and real traffic.', {
      path: 'test_traffic',
    })
  if ((manifest.type === EventType.REFER) === (track !== undefined))
    throw new RexError('INVALID_EVENT', 'A thread has exactly one refer.', { metadata: { event: 'refer' } })
}

/** Checks that disclosed sections are the ones that the refer committed to, in the order that the event states (REX-THR-030). */
function checkDisclosed(
  refer: Manifest | undefined,
  { event: { content }, manifest, sections }: JudgedMessage,
): void {
  if (content?.$case !== 'disclose') return
  const { sections: named } = content.value
  const isCommitted = (index: number, i: number) => {
    const committed = refer?.sectionDigests[index]
    const given = manifest.sectionDigests[sections[i]?.index ?? -1]
    return committed !== undefined && given !== undefined && equal(committed, given)
  }
  if (named.length === sections.length && named.every(isCommitted)) return
  throw new RexError(
    'INVALID_EVENT',
    'The disclosed sections are not those that the referral committed to.',
    {
      path: 'disclose.sections',
      metadata: { event: 'disclose' },
    },
  )
}

/** Decodes and checks the sections. Returns the first unknown code on which a decision depends, as `path=code`. */
export function unknownCode(
  { event, sections, manifest }: Pick<JudgedMessage, 'event' | 'sections' | 'manifest'>,
  decode: Decode = decodeSection,
): string | undefined {
  const known = sections.filter(({ type }) => isSectionType(type))
  const content = fromSections(known.map((section) => decode(section.type, section.content)))
  if (manifest.type === EventType.REFER) {
    checkTriage(sections)
    checkHandling({ referral: content, action: 'receive', now: manifest.createdMs })
  }
  const inEvent = unknownEventCodes(event, (list, code) => knownCode(list as never, code)).filter(
    ({ decisive }) => decisive,
  )
  const inContent = unknownCodes(content).filter(({ decisionBearing }) => decisionBearing)
  const strange = sections.filter(({ type }) => !isSectionType(type))
  const inTypes = strange.map(({ type }) => ({ path: 'section.type', code: type }))
  const [first] = [...inEvent, ...inTypes, ...inContent]
  return first && `${first.path}=${first.code}`.slice(0, 200)
}

/** Checks that a refer has exactly one triage section, before all other sections (REX-REF-022). */
function checkTriage(sections: readonly SealedSection[]): void {
  const [first, ...others] = sections
  const stands = first?.type === 'triage' && first.index <= 1 && others.every(({ type }) => type !== 'triage')
  if (!stands) throw new RexError('INVALID_REFERRAL', 'triage is not the first section.', { path: 'triage' })
}
