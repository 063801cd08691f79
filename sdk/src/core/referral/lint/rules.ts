// Lint: requirements of the kind, lane, handling and consent. docs/spec/referral.md, "Lint"
import { compareDates, instantMs } from '../dates.ts'
import { handlingContradictions, handlingTooWide } from '../handling/contradictions.ts'
import { kindRule } from '../kinds.ts'
import { sections } from '../section.ts'
import type { Consent, Referral } from '../types.ts'
import { error, type Finding, warning, when } from './finding.ts'

/** Findings about the referral as a whole. */
export function ruleFindings(referral: Referral, now?: number): Finding[] {
  return [
    ...sectionFindings(referral),
    ...laneFindings(referral, now),
    ...groupFindings(referral),
    ...handlingFindings(referral, now),
    ...(referral.consents ?? []).flatMap((consent, i) => consentFindings(consent, `consents[${i}]`, now)),
  ]
}

function sectionFindings(referral: Referral): Finding[] {
  const { must, should, mustNot } = kindRule(referral.kind)
  const present = sections(referral).map(({ type }) => type)
  const lacks = (type: (typeof present)[number]) => !present.includes(type)
  return [
    ...must
      .filter(lacks)
      .map((type) => error(type, `a ${referral.kind} needs the section ${type}`, 'Add it.')),
    ...should
      .filter(lacks)
      .map((type) =>
        warning(type, `a ${referral.kind} should have the section ${type}`, 'Add it if anything is known.'),
      ),
    ...mustNot
      .filter((type) => !lacks(type))
      .map((type) =>
        error(type, `a ${referral.kind} has no section ${type}`, 'Remove it, or choose another kind.'),
      ),
  ]
}

/** A deadline this far away needs no urgent lane. */
const FAR = 7 * 86_400_000

function laneFindings({ lane = 'routine', triage: { urgency } }: Referral, now?: number): Finding[] {
  const far = now !== undefined && (instantMs(urgency?.due ?? '') ?? 0) - now > FAR
  const urgent = lane === 'urgent'
  return [
    ...when(
      urgent && urgency === undefined,
      error('triage.urgency', 'is urgent without a reason', 'State why, and until when.'),
    ),
    ...when(
      !urgent && urgency !== undefined && !far,
      warning(
        'lane',
        'gives a reason for urgency but travels as routine',
        'Set "lane": "urgent", or remove the reason.',
      ),
    ),
    ...when(
      urgency !== undefined && urgency.due === undefined,
      warning('triage.urgency.due', 'does not say until when', 'State by when action is needed.'),
    ),
  ]
}

function groupFindings({ group }: Referral): Finding[] {
  return when(
    group !== undefined && group.index > group.size,
    error('group.index', 'lies beyond the size of the group', 'Number the referrals of the group from 1.'),
  )
}

function handlingFindings(referral: Referral, now?: number): Finding[] {
  const { expires } = referral.handling
  return [
    ...[...handlingContradictions(referral.handling), ...handlingTooWide(referral)].map(({ path, message }) =>
      error(path, message, 'Choose one of the two.'),
    ),
    ...when(past(expires, now), error('handling.expires', 'lies in the past', 'Set a later time.')),
  ]
}

/** A consent-based referral needs consent to services and to disclosure, unless an override is recorded (Primero). */
function consentFindings(consent: Consent, path: string, now?: number): Finding[] {
  const given = consent.disclosure === true && consent.services === true
  return [
    ...when(
      consent.legalBasis === 'consent' && !given && consent.overridden === undefined,
      error(
        path,
        'does not cover services and disclosure to other organisations',
        'Ask for consent, name another legal basis, or record why it is overridden.',
      ),
    ),
    ...when(
      consent.legalBasis === 'consent' && consent.givenBy === undefined && consent.subject === undefined,
      warning(path, 'does not say who gave it', 'Fill in "givenBy" or "subject".'),
    ),
    ...when(
      past(consent.expires, now),
      error(`${path}.expires`, 'lies in the past', 'Ask for consent again.'),
    ),
    ...when(
      now !== undefined &&
        consent.givenOn !== undefined &&
        compareDates(consent.givenOn, new Date(now).toISOString()) > 0,
      error(`${path}.givenOn`, 'lies in the future', 'Correct the date.'),
    ),
  ]
}

function past(instant: string | undefined, now: number | undefined): boolean {
  return instant !== undefined && now !== undefined && (instantMs(instant) ?? 0) <= now
}
