// Judges a message against its thread and the policy. docs/spec/envelope.md, "Opening", step 8
import type { Manifest } from '@rex/proto/core/v1/envelope'
import { DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { toHex } from '../../core/encoding/encoding.ts'
import type { OpenedMessage } from '../../core/envelope/open.ts'
import { RexError } from '../../core/error.ts'
import { checkHandling } from '../../core/referral/handling/check.ts'
import { fromSections, isSectionType, knownCode, unknownCodes } from '../../core/referral/index.ts'
import { checkEvent, unknownEventCodes } from '../../core/thread/event.ts'
import { type Added, addEvent, openTrack } from '../../core/thread/track.ts'
import type { DeskContext } from '../context.ts'
import { checkSection, guardEvent, knownSections } from '../thread/content/content.ts'
import { type OpenThread, referOf, trackEventOf } from '../thread/repository/open-thread.ts'
import { checkKept } from '../thread/repository/repository.ts'
import { type Judgement, type Placing, receivedOf, refusalOf, releasedOf } from '../thread/verdicts.ts'

/** The verdict on a message, inside a commit. Changes the track in memory. */
export function judge(desk: DeskContext, thread: OpenThread, opened: OpenedMessage): Judgement {
  const { manifest, event, sections } = opened
  const message = { digest: toHex(opened.digest), manifest, event, sections }
  try {
    checkKept(thread)
    checkEvent(event)
    guardEvent(event)
    checkBelongs(thread, manifest, desk.organisation)
    checkDisclosed(thread, opened)
    const code = unknownCode(opened)
    return code === undefined ? place(desk, thread, message) : hold(desk, thread, { message, code })
  } catch (error) {
    const refused = RexError.from(error)
    desk.warn('A message was refused.', refused)
    return refusalOf(message.digest, refused)
  }
}

/** Places a message in its track. @throws RexError INVALID_EVENT, LIMIT_EXCEEDED */
export function place({ organisation }: DeskContext, thread: OpenThread, message: Placing): Judgement {
  const { sender } = message.manifest
  const before = thread.tracks.get(sender)
  const event = trackEventOf(thread, message.manifest, { ...message, organisation })
  const added: Added =
    before === undefined
      ? { track: openTrack(event), effect: 'applied', missing: [] }
      : addEvent(before, event)
  thread.tracks.set(sender, added.track)
  return {
    ...judgementOf(added, message, organisation),
    released: releasedOf(before?.parked ?? [], added.track),
  }
}

function judgementOf({ effect, missing }: Added, message: Placing, recipient: string): Judgement {
  const { digest } = message
  const held = (code: string) => ({ digest, status: DeskReceiptStatus.HELD, code })
  const alarm = (kind: 'fork' | 'gap') => ({ kind: 'alarm', alarm: kind, digest, recipient }) as const
  if (effect === 'forked')
    return { status: 'forked', receipt: held('fork'), items: [alarm('fork')], released: [] }
  if (effect === 'parked')
    return { status: 'counted', receipt: held(`gap:${missing[0]}`), items: [alarm('gap')], released: [] }
  return receivedOf(message)
}

/**
 * Holds a message that is not understood for a person. A refer opens its track all the same, so that the person can
 * decide with its verbs (REX-THR-005).
 */
function hold(
  { organisation }: DeskContext,
  thread: OpenThread,
  { message, code }: { message: Placing; code: string },
): Judgement {
  const { digest, manifest } = message
  if (manifest.type === EventType.REFER)
    thread.tracks.set(
      manifest.sender,
      openTrack(trackEventOf(thread, manifest, { ...message, organisation })),
    )
  return {
    status: 'held',
    receipt: { digest, status: DeskReceiptStatus.HELD, code },
    items: [{ kind: 'alarm', alarm: 'held', digest, recipient: organisation, detail: code }],
    released: [],
  }
}

/** A message must come from the other side of its thread, with the thread's test flag (T-047). */
function checkBelongs(thread: OpenThread, manifest: Manifest, organisation: string): void {
  const { referrer, recipients } = thread.summary
  const fits =
    thread.role === 'recipient' ? manifest.sender === referrer : recipients.includes(manifest.sender)
  if (!fits || manifest.sender === organisation)
    throw new RexError('PEER_MISMATCH', 'The sender has no part in this thread.')
  if (manifest.testTraffic !== thread.test)
    throw new RexError('POLICY_REFUSED', 'A thread cannot mix rehearsal and real traffic.', {
      path: 'test_traffic',
    })
  const isRefer = manifest.type === EventType.REFER
  if (isRefer === thread.tracks.has(manifest.sender))
    throw new RexError('INVALID_EVENT', 'A thread has exactly one refer.', { metadata: { event: 'refer' } })
}

/** Disclosed sections must be those that the refer committed to, in the same order (REX-THR-030). */
function checkDisclosed(thread: OpenThread, { event: { content }, manifest, sections }: OpenedMessage): void {
  if (content?.$case !== 'disclose') return
  const digestOf = (index: number, { sectionDigests }: Manifest) =>
    toHex(sectionDigests[index] ?? new Uint8Array())
  const refer = referOf(thread)?.manifest
  const given = sections.map(({ index }) => digestOf(index, manifest))
  const committed = content.value.sections.map((index) => refer && digestOf(index, refer))
  if (committed.length === given.length && given.every((digest, i) => digest === committed[i])) return
  throw new RexError(
    'INVALID_EVENT',
    'The disclosed sections are not those that the referral committed to.',
    {
      path: 'disclose.sections',
      metadata: { event: 'disclose' },
    },
  )
}

/** Decodes and checks the sections, and returns the first unknown code on which a decision depends. */
export function unknownCode({
  event,
  sections,
  manifest,
}: Pick<OpenedMessage, 'event' | 'sections' | 'manifest'>): string | undefined {
  const content = fromSections(knownSections(sections).map(checkSection))
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

/** Every recipient of a refer gets its one triage section, as the first section of the message (REX-REF-022). */
function checkTriage(sections: OpenedMessage['sections']): void {
  const [first, ...others] = sections
  const stands = first?.type === 'triage' && first.index <= 1 && others.every(({ type }) => type !== 'triage')
  if (!stands) throw new RexError('INVALID_REFERRAL', 'triage is not the first section.', { path: 'triage' })
}
