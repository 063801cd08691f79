// Reads the sections of a thread (current and staged), and checks newer sections before they are sent. docs/spec/thread.md, "Staged disclosure"
import { Section } from '@rex/proto/core/v1/envelope'
import { decode, toHex } from '../../../core/encoding/encoding.ts'
import { LIMITS } from '../../../core/limits.ts'
import { checkHandling } from '../../../core/referral/handling/check.ts'
import {
  fromSections,
  mergeSections,
  type Referral,
  type ReferralSection,
  type SectionContent,
  sections as sectionsOf,
  unknownCodes,
  validate,
} from '../../../core/referral/index.ts'
import { safeContact } from '../../../core/referral/labels/index.ts'
import { refuseBroken } from '../../../core/referral/lint/finding.ts'
import { findingsBeforeSending } from '../../../core/referral/lint/sending.ts'
import { invalidReferral, problem } from '../../../core/referral/messages/problem.ts'
import { encodeSection } from '../../../core/referral-codec/section.ts'
import { viewTrack } from '../../../core/thread/view.ts'
import type { RawSection } from '../../api/thread.ts'
import {
  grantedTo,
  headOf,
  isPlaced,
  type OpenThread,
  referOf,
  type ThreadMessage,
  trackOf,
} from '../repository/open-thread.ts'
import { knownSections, strangeSections, takeSection } from './content.ts'

/** A section that an event carries. */
export interface EventSection {
  readonly type: string
  readonly content: Uint8Array
  readonly salt?: Uint8Array
}

/** Returns the refer's committed sections with their salts and indexes, as a disclose sends them (REX-THR-030). */
function committedSections(
  thread: OpenThread,
): { index: number; type: string; content: Uint8Array; salt: Uint8Array }[] {
  const refer = referOf(thread)
  return (refer?.sections ?? []).map(({ index, bytes }) => ({
    index,
    ...decode(Section, bytes, 'section', LIMITS.envelope),
  }))
}

/** Returns the indexes of the sections that a recipient got with the refer. */
function grantedSections(thread: OpenThread, counterpart: string): readonly number[] {
  const refer = referOf(thread)
  return (refer && grantedTo(refer.evidence, counterpart)) ?? []
}

/** Returns the current referral, with the origin of every section. Ignores sections of held, forked, dropped or parked messages. */
export function standing(thread: OpenThread) {
  return mergeSections(placedSections(thread))
}

/** Returns the current rules of safe contact (REX-REF-100). */
export function contactRules(thread: OpenThread): string[] {
  const placed = thread.messages.filter((message) => isPlaced(thread, message))
  const telling = placed
    .flatMap(({ sections }) => sections)
    .filter(({ type }) => type === 'people' || type === 'contact')
  return safeContact(fromSections(telling.map(takeSection)))
}

/** Returns the section types that the referrer has committed to for a recipient and not yet disclosed. */
export function stagedFor(thread: OpenThread): string[] {
  const refer = thread.messages[0]?.event.content
  const staged = refer?.$case === 'refer' ? refer.value.staged : []
  const here = new Set(thread.messages.flatMap(({ sections }) => sections.map(({ type }) => type)))
  return staged.map(({ type }) => type).filter((type) => !here.has(type))
}

/** Returns the sections that were staged for a recipient when the referral was sent, and are not yet disclosed (REX-THR-032). */
export function stillStaged(thread: OpenThread, counterpart: string) {
  const staged = thread.summary.staged?.[counterpart] ?? []
  return undisclosed(thread, counterpart).filter(({ index }) => staged.includes(index))
}

/** Returns every section that the refer commits to and this recipient lacks, even sections that were not staged for it. */
export function undisclosed(thread: OpenThread, counterpart: string) {
  if (thread.role !== 'referrer') return []
  const track = trackOf(thread, counterpart)
  const { disclosed } = viewTrack(track, { now: 0, urgent: false, receivedMs: () => undefined })
  const granted = grantedSections(thread, counterpart)
  return committedSections(thread).filter(({ index }) => !granted.includes(index) && !disclosed.has(index))
}

/**
 * Encodes the sections of a partial referral, each one version newer than in the thread. Checks the sections like those
 * of a new referral (REX-REF-080, REX-REF-092).
 * @throws RexError INVALID_REFERRAL, CONTENT_REFUSED, HANDLING_REFUSED
 */
export function newerSections(
  thread: OpenThread,
  newer: Partial<Referral>,
  { now, confirm = [] }: { now: number; confirm?: readonly string[] | undefined },
): EventSection[] {
  const { origins } = mergeSections(thread.messages.flatMap(sectionsIn))
  const versions = Object.fromEntries(Object.entries(origins).map(([id, { version }]) => [id, version + 1]))
  const sections = sectionsOf(newer, versions)
  const encoded = sections.map((section) => ({ type: section.type, content: encodeSection(section) }))
  const before = placedSections(thread).map(({ section }) => section)
  const referral = fromSections([...before, ...sections])
  checkCodes(newer, fromSections(before))
  if (thread.role === 'referrer') checkWhole(thread, { newer, sections, referral, now, confirm })
  if (sections.length > 0) checkHandling({ referral, action: 'disclose', now })
  return encoded
}

/** Rejects unknown codes, except newer codes that this desk has received and passes on (REX-REF-053). */
function checkCodes(newer: Partial<Referral>, before: SectionContent): void {
  const received = new Set(unknownCodes(before).map(({ list, code }) => `${list} ${code}`))
  const own = unknownCodes(newer).filter(({ list, code }) => !received.has(`${list} ${code}`))
  if (own.length > 0) throw invalidReferral(own.map(({ path, list }) => problem(path, 'code', { list })))
}

/** Checks newer sections within the whole referral. Ignores defects in sections that do not change. */
function checkWhole(thread: OpenThread, { newer, sections, referral, now, confirm }: Newer): void {
  const confirmed = [...confirm, ...(thread.summary.confirmed ?? [])]
  const concerned = new Set([...Object.keys(newer), ...sections.map(({ type }) => type)])
  const concerns = ({ path }: { readonly path: string }) => concerned.has(path.split(/[.[]/)[0] ?? '')
  const whole = { ...newer, ...headOf(thread), ...referral } as Referral
  const checked = validate(whole, { unknownCodes: 'keep' })
  const problems = checked.ok ? [] : checked.problems.filter(concerns)
  if (problems.length > 0) throw invalidReferral(problems)
  refuseBroken({ findings: findingsBeforeSending(whole, { now, confirm: confirmed }).filter(concerns) })
}

interface Newer {
  readonly newer: Partial<Referral>
  readonly sections: readonly ReferralSection[]
  /** The referral with the newer sections. */
  readonly referral: SectionContent
  /** The current time, in Unix milliseconds. */
  readonly now: number
  /** The ids of findings that a person has confirmed. */
  readonly confirm: readonly string[]
}

/** Returns the sections of types that this version does not know, in messages that have a place in a track. */
export function strange(thread: OpenThread): RawSection[] {
  const placed = thread.messages.filter(
    (message) => isPlaced(thread, message) && message.status === 'counted',
  )
  return placed.flatMap(({ sections }) => strangeSections(sections)).filter(({ type }) => type !== 'event')
}

function placedSections(thread: OpenThread) {
  return thread.messages.filter((message) => isPlaced(thread, message)).flatMap(sectionsIn)
}

function sectionsIn({ manifest, sections }: ThreadMessage) {
  const origin = { messageId: toHex(manifest.messageId), by: manifest.sender, createdMs: manifest.createdMs }
  return knownSections(sections).map((section) => ({ section: takeSection(section), origin }))
}
