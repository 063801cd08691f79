// Lint: requirements of the kind, lane, handling and consent. docs/spec/referral.md, "Lint"
import { compareDates, instantMs } from '../dates.ts'
import {
  handlingContradictions,
  handlingTooWide,
  notificationContradictions,
} from '../handling/contradictions.ts'
import { kindRule } from '../kinds.ts'
import type { CommonCode } from '../messages/findings.ts'
import { type SectionType, typesOf } from '../section.ts'
import type { Consent, Referral } from '../types.ts'
import { type Finding, finding, when } from './finding.ts'

/** Returns the findings about the referral as a whole. */
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
  const present = typesOf(referral)
  const lacks = (type: (typeof present)[number]) => !present.includes(type)
  const each = (code: CommonCode, types: readonly SectionType[]) =>
    types.map((section) => finding(code, section, { kind: referral.kind }))
  return [
    ...each('section-missing', must.filter(lacks)),
    ...each('section-recommended', should.filter(lacks)),
    ...each(
      'section-not-allowed',
      mustNot.filter((type) => !lacks(type)),
    ),
  ]
}

/** A deadline that is further away than this many milliseconds does not need the urgent lane. */
const FAR = 7 * 86_400_000

function laneFindings({ lane = 'routine', triage: { urgency } }: Referral, now?: number): Finding[] {
  const far = now !== undefined && (instantMs(urgency?.due ?? '') ?? 0) - now > FAR
  const urgent = lane === 'urgent'
  return [
    ...when(urgent && urgency === undefined, 'urgency-without-reason', 'triage.urgency'),
    ...when(!urgent && urgency !== undefined && !far, 'urgency-as-routine', 'lane'),
    ...when(urgency !== undefined && urgency.due === undefined, 'urgency-without-due', 'triage.urgency.due'),
  ]
}

function groupFindings({ group }: Referral): Finding[] {
  return when(group !== undefined && group.index > group.size, 'group-index', 'group.index')
}

function handlingFindings(referral: Referral, now?: number): Finding[] {
  const contradictions = [
    ...handlingContradictions(referral.handling),
    ...handlingTooWide(referral),
    ...notificationContradictions(referral),
  ]
  return [
    ...contradictions.map(({ path, rule }) => finding('handling-contradiction', path, { rule })),
    ...when(past(referral.handling.expires, now), 'handling-expired', 'handling.expires'),
  ]
}

/** Checks a consent. A consent-based referral needs consent to services and to disclosure, unless an override is recorded (Primero). */
function consentFindings(consent: Consent, path: string, now?: number): Finding[] {
  const { legalBasis, disclosure, services, overridden, givenBy, subject, expires, givenOn } = consent
  const given = disclosure === true && services === true
  const based = legalBasis === 'consent'
  const ahead =
    now !== undefined && givenOn !== undefined && compareDates(givenOn, new Date(now).toISOString()) > 0
  return [
    ...when(based && !given && overridden === undefined, 'consent-insufficient', path),
    ...when(based && givenBy === undefined && subject === undefined, 'consent-without-giver', path),
    ...when(past(expires, now), 'consent-expired', `${path}.expires`),
    ...when(ahead, 'consent-in-future', `${path}.givenOn`),
  ]
}

function past(instant: string | undefined, now: number | undefined): boolean {
  return instant !== undefined && now !== undefined && (instantMs(instant) ?? 0) <= now
}
