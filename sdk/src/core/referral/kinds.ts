// Kinds of referral: required, recommended and forbidden sections of each, and their disclosure plan. docs/spec/referral.md, "Kinds"
import { invalidReferral, problem } from './problem.ts'
import { isSectionType, SECTION_TYPES, SECTIONS, type SectionType } from './section.ts'

/** Rules of a kind for its sections. A section in none of the lists is optional. */
export interface KindRule {
  readonly must: readonly SectionType[]
  readonly should: readonly SectionType[]
  readonly mustNot: readonly SectionType[]
  /** Whether identifying sections wait for the recipient's accept unless the sender decides otherwise. */
  readonly staged: boolean
  /** Whether `people` and `contact` concern only professionals, so that its recipients learn of no one else (REX-REF-013). Default: false. */
  readonly professionalsOnly?: boolean
}

/** Default time of disclosure of each section. */
export interface SectionPlan {
  /** Granted with the refer. */
  readonly atOnce: readonly SectionType[]
  /** Committed to in the refer, disclosed after the accept. */
  readonly staged: readonly SectionType[]
}

/** The rules of all kinds (REX-REF-010). */
export const KINDS: Readonly<Record<string, KindRule>> = {
  'victim-support': {
    must: ['triage', 'handling', 'consent', 'people'],
    should: ['contact', 'narrative'],
    mustNot: ['questions', 'advisory', 'items'],
    staged: true,
  },
  'law-enforcement-report': {
    must: ['triage', 'handling', 'incident'],
    should: ['people', 'accounts', 'references'],
    mustNot: ['questions', 'advisory'],
    staged: false,
  },
  'content-removal': {
    must: ['triage', 'handling', 'items'],
    should: ['incident'],
    mustNot: ['questions', 'advisory', 'consent'],
    staged: false,
    professionalsOnly: true,
  },
  'content-verification': {
    must: ['triage', 'handling', 'items'],
    should: ['incident'],
    mustNot: ['questions', 'advisory', 'consent'],
    staged: false,
    professionalsOnly: true,
  },
  'information-request': {
    must: ['triage', 'handling', 'questions'],
    should: ['incident'],
    mustNot: ['advisory'],
    staged: true,
  },
  advisory: {
    must: ['triage', 'handling', 'advisory'],
    should: [],
    mustNot: ['questions', 'people', 'contact', 'consent', 'narrative'],
    staged: false,
  },
}

/** The rule of a kind; for an unknown kind, only the rules common to all. */
export function kindRule(kind: string): KindRule {
  const known = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
  return known ?? { must: ['triage', 'handling'], should: [], mustNot: [], staged: true }
}

/**
 * The default plan of a kind for these section types (default: all that it permits). @throws RexError INVALID_REFERRAL for types that no
 * referral has
 */
export function sectionPlan(kind: string, types: readonly SectionType[] = SECTION_TYPES): SectionPlan {
  if (!Array.isArray(types) || !types.every(isSectionType))
    throw invalidReferral([problem('sections', 'must be a list of section types')])
  const { mustNot, staged } = kindRule(kind)
  const allowed = types.filter((type) => !mustNot.includes(type))
  const waits = (type: SectionType) => staged && SECTIONS[type].identifying
  return { atOnce: allowed.filter((type) => !waits(type)), staged: allowed.filter(waits) }
}
