// The sections of a thread: current ones, held-back ones, and newer ones, which are checked before they are sent.
// docs/spec/thread.md, "Staged disclosure"
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
import { invalidReferral, problem } from '../../../core/referral/problem.ts'
import { decodeSection, encodeSection } from '../../../core/referral-codec/section.ts'
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
import { knownSections, strangeSections } from './content.ts'

/** A section that an event carries. */
export interface EventSection {
  readonly type: string
  readonly content: Uint8Array
  readonly salt?: Uint8Array
}

/** The committed sections of the refer with their salts, by index: the content of a disclose (REX-THR-030). */
function committedSections(
  thread: OpenThread,
): { index: number; type: string; content: Uint8Array; salt: Uint8Array }[] {
  const refer = referOf(thread)
  return (refer?.sections ?? []).map(({ index, bytes }) => ({
    index,
    ...decode(Section, bytes, 'section', LIMITS.envelope),
  }))
}

/** Indexes of the refer's sections that a recipient got at once. */
function grantedSections(thread: OpenThread, counterpart: string): readonly number[] {
  const refer = referOf(thread)
  return (refer && grantedTo(refer.evidence, counterpart)) ?? []
}

/** The current referral, with the origin of every section. Sections of messages that are held, forked, dropped or waiting do not count. */
export function standing(thread: OpenThread) {
  return mergeSections(placedSections(thread))
}

/** The current rules of safe contact (REX-REF-100). */
export function contactRules(thread: OpenThread): string[] {
  const placed = thread.messages.filter((message) => isPlaced(thread, message))
  const telling = placed
    .flatMap(({ sections }) => sections)
    .filter(({ type }) => type === 'people' || type === 'contact')
  return safeContact(fromSections(telling.map(({ type, content }) => decodeSection(type, content))))
}

/** Section types that the referrer committed to and has not disclosed, as known to its recipient. */
export function stagedFor(thread: OpenThread): string[] {
  const refer = thread.messages[0]?.event.content
  const staged = refer?.$case === 'refer' ? refer.value.staged : []
  const here = new Set(thread.messages.flatMap(({ sections }) => sections.map(({ type }) => type)))
  return staged.map(({ type }) => type).filter((type) => !here.has(type))
}

/** Sections held back for a recipient when the referral was sent, and not disclosed since (REX-THR-032). */
export function stillStaged(thread: OpenThread, counterpart: string) {
  const staged = thread.summary.staged?.[counterpart] ?? []
  return undisclosed(thread, counterpart).filter(({ index }) => staged.includes(index))
}

/** Every section that the refer commits to and this recipient lacks, whether or not it was staged for it. */
export function undisclosed(thread: OpenThread, counterpart: string) {
  if (thread.role !== 'referrer') return []
  const track = trackOf(thread, counterpart)
  const { disclosed } = viewTrack(track, { now: 0, urgent: false, receivedMs: () => undefined })
  const granted = grantedSections(thread, counterpart)
  return committedSections(thread).filter(({ index }) => !granted.includes(index) && !disclosed.has(index))
}

/**
 * The sections of a partial referral, each one version newer than the thread's, checked like those of a new
 * referral (REX-REF-080, REX-REF-092).
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

/** Authors use known codes; newer codes of others are passed on (REX-REF-053). */
function checkCodes(newer: Partial<Referral>, before: SectionContent): void {
  const received = new Set(unknownCodes(before).map(({ list, code }) => `${list} ${code}`))
  const own = unknownCodes(newer).filter(({ list, code }) => !received.has(`${list} ${code}`))
  if (own.length > 0)
    throw invalidReferral(own.map(({ path, list }) => problem(path, `is not a code of the list ${list}`)))
}

/** Checks newer sections within the whole referral. Defects of its other sections do not stop them. */
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
  /** The resulting referral. */
  readonly referral: SectionContent
  /** Unix milliseconds. */
  readonly now: number
  /** Ids of findings that do not apply. */
  readonly confirm: readonly string[]
}

/** The placed sections of types unknown to this version. */
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
  return knownSections(sections).map(({ type, content }) => ({
    section: decodeSection(type, content),
    origin,
  }))
}
