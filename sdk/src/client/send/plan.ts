// Plans a send: rejects errors before anything is signed, and decides which recipient gets which section and when. docs/spec/referral.md, "Kinds"

import { checkMessageSize } from '../../core/envelope/size.ts'
import { RexError } from '../../core/error.ts'
import { type EntityId, parseEntityId } from '../../core/identifier.ts'
import type { Party } from '../../core/identity/entity.ts'
import { checkHandling } from '../../core/referral/handling/check.ts'
import {
  type Expansion,
  expandPresets,
  type Finding,
  isSectionType,
  listVersion,
  type Presets,
  type Referral,
  type SectionType,
  sectionPlan,
  usedLists,
} from '../../core/referral/index.ts'
import { findingsBeforeSending } from '../../core/referral/lint/sending.ts'
import { invalidReferral } from '../../core/referral/messages/problem.ts'
import { checkReferral } from '../../core/referral/validate/validate.ts'
import { type EncodedSection, encodeSections } from '../../core/referral-codec/section.ts'
import type { To } from '../api/sending.ts'

/** Sections that every recipient gets with the refer (REX-REF-022). */
const EVERYBODY: readonly SectionType[] = ['triage', 'handling']

/** A recipient in a plan. The recipient's sections are given as positions in the list of sections of the plan. */
interface PlannedRecipient {
  readonly organisation: EntityId
  /** Sections sent with the refer. */
  readonly granted: readonly number[]
  /** Sections that the refer commits to and that are disclosed after the accept. */
  readonly staged: readonly number[]
}

/** The contents for each recipient, before recipients and time are checked. If a send is repeated, its outline is the same. */
interface Outline {
  readonly referral: Referral
  /** The presets that were expanded. */
  readonly presets: Expansion['explained']
  /** The lossless changes to the draft. */
  readonly notices: Expansion['notices']
  readonly sections: readonly EncodedSection[]
  readonly recipients: readonly PlannedRecipient[]
}

/** The data about recipients that a plan needs. */
export interface Parties {
  /** @throws RexError UNKNOWN_ORGANISATION */
  get(organisation: string): { readonly party: Pick<Party, 'codeLists' | 'needs'> }
}

/** A send whose contents, recipients and time have been checked. */
export interface Plan extends Outline {
  readonly findings: readonly Finding[]
  /** The sections that are staged for every recipient. The refer names them. */
  readonly staged: readonly number[]
  readonly codeLists: readonly { readonly list: string; readonly version: number }[]
  /** The ids of findings that people have confirmed. */
  readonly confirm: readonly string[]
}

/**
 * Divides a draft into sections for its recipients. Sends nothing.
 * @throws RexError INVALID_REFERRAL, CONTENT_REFUSED, LIMIT_EXCEEDED
 */
export function outline(draft: unknown, { to, own }: { to: readonly To[]; own: Presets }): Outline {
  const { referral: value, explained: presets, notices } = expandPresets(draft, own)
  const checked = checkReferral(value)
  if (!checked.ok) throw invalidReferral(checked.problems)
  const { referral } = checked
  const parts = encodeSections(referral)
  const recipients = to.map((one) => planRecipient(one, referral.kind, parts))
  checkSizes(parts, recipients)
  return { referral, presets, notices, sections: parts, recipients }
}

/**
 * Checks an outline and plans its send. Reports all findings; `refuseBroken` later rejects errors among them.
 * @throws RexError HANDLING_REFUSED, UNKNOWN_ORGANISATION, UNKNOWN_CODE
 */
export function planSend(
  outlined: Outline,
  { peers, now, confirm = [] }: { peers: Parties; now: number; confirm?: readonly string[] | undefined },
): Plan {
  const { referral, recipients } = outlined
  for (const { organisation } of recipients)
    checkHandling({ referral, action: 'send', now, to: organisation })
  const codeLists = codeListsOf(referral)
  for (const { organisation } of recipients)
    checkCodeLists(peers.get(organisation).party.codeLists, codeLists, organisation)
  const findings = findingsBeforeSending(referral, {
    now,
    confirm,
    for: recipients.map((one) => needsOf(one, outlined, peers)),
  })
  const [first, ...others] = recipients
  const staged = first?.staged.filter((index) => others.every((other) => other.staged.includes(index))) ?? []
  return { ...outlined, findings, staged, codeLists, confirm }
}

/**
 * Checks that the sections sent with the refer fit into one message, and that the staged sections fit into another.
 * @throws RexError LIMIT_EXCEEDED
 */
function checkSizes(parts: readonly EncodedSection[], recipients: readonly PlannedRecipient[]): void {
  const sized = parts.map(({ type, content }) => ({ type, size: content.length }))
  const at = (indexes: readonly number[]) => sized.filter((_, index) => indexes.includes(index))
  const granted = new Set(recipients.flatMap((one) => one.granted))
  checkMessageSize(at([...granted]), [
    ...recipients.map((one) => at(one.granted)),
    ...recipients.map((one) => at(one.staged)),
  ])
}

function needsOf({ organisation, granted, staged }: PlannedRecipient, { sections }: Outline, peers: Parties) {
  const { needs } = peers.get(organisation).party
  const given = [...granted, ...staged].map((index) => sections[index]?.type ?? '')
  return { organisation, sections: given, ...(needs && { needs }) }
}

function planRecipient(to: To, kind: string, parts: Plan['sections']): PlannedRecipient {
  const plan = sectionPlan(
    kind,
    parts.map(({ type }) => type),
  )
  const granted = places([...EVERYBODY, ...(to.sections ?? plan.atOnce)], parts)
  const staged = places(to.staged ?? (to.sections === undefined ? plan.staged : []), parts)
  return {
    organisation: parseEntityId(to.organisation, 'to'),
    granted,
    staged: staged.filter((index) => !granted.includes(index)),
  }
}

/** Returns the positions of section types in the plan. Rejects an unknown type; omits a type without content. */
function places(types: readonly string[], parts: Plan['sections']): number[] {
  for (const type of types) {
    if (!isSectionType(type))
      throw new RexError('INVALID_REFERRAL', `There is no section type ${type.slice(0, 40)}.`, {
        path: 'to.sections',
      })
  }
  return parts.flatMap(({ type }, index) => (types.includes(type) ? [index] : []))
}

function codeListsOf(referral: Referral): { list: string; version: number }[] {
  return usedLists(referral).map((list) => ({ list, version: listVersion(list) }))
}

/** Checks, before sending, that the recipient supports the versions of the code lists (REX-REF-061). */
function checkCodeLists(
  understood: Readonly<Record<string, number>>,
  used: Plan['codeLists'],
  organisation: string,
): void {
  for (const { list, version } of used) {
    const known = understood[list]
    if (known === undefined || known >= version) continue
    throw new RexError(
      'UNKNOWN_CODE',
      `${organisation} knows version ${known} of the list ${list}, not ${version}.`,
      {
        path: list,
        hint: 'Ask the organisation to update its software.',
      },
    )
  }
}
