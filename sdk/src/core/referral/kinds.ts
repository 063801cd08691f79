// Kinds of referral, with the sections that each kind requires, recommends and forbids, and the disclosure plan. docs/spec/referral.md,
// "Kinds"
import { invalidReferral, problem } from './messages/problem.ts'
import { isSectionType, SECTION_TYPES, SECTIONS, type SectionType } from './section.ts'

/** The rules of a kind of referral for its sections. A section type that none of the lists contains is optional. */
export interface KindRule {
  readonly must: readonly SectionType[]
  readonly should: readonly SectionType[]
  readonly mustNot: readonly SectionType[]
  /** Whether identifying sections are withheld until the recipient accepts, unless the sender decides otherwise. */
  readonly staged: boolean
  /** Whether `people` and `contact` may concern only professionals, so that the referral identifies nobody else (REX-REF-013). Default: false. */
  readonly professionalsOnly?: boolean
}

/** When each section of a referral is disclosed, unless the sender decides otherwise. */
export interface SectionPlan {
  /** Sections granted with the refer. */
  readonly atOnce: readonly SectionType[]
  /** Sections that the refer commits to and that are disclosed after the accept. */
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

/** Returns the rule of a kind. An unknown kind gets the rules that all kinds share. */
export function kindRule(kind: string): KindRule {
  const known = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
  return known ?? { must: ['triage', 'handling'], should: [], mustNot: [], staged: true }
}

/**
 * Returns the default plan of a kind for these section types (default: all types that the kind permits).
 * @throws RexError INVALID_REFERRAL for types that are not section types of a referral
 */
export function sectionPlan(kind: string, types: readonly SectionType[] = SECTION_TYPES): SectionPlan {
  if (!Array.isArray(types) || !types.every(isSectionType))
    throw invalidReferral([problem('sections', 'list')])
  const { mustNot, staged } = kindRule(kind)
  const allowed = types.filter((type) => !mustNot.includes(type))
  const waits = (type: SectionType) => staged && SECTIONS[type].identifying
  return { atOnce: allowed.filter((type) => !waits(type)), staged: allowed.filter(waits) }
}
