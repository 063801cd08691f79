// Sections: the parts of a referral that are granted separately, so that each recipient gets only the parts that it needs.
// docs/spec/referral.md, "Sections"
import { invalidReferral, problem } from './messages/problem.ts'
import type { Referral } from './types.ts'

/** A field of the referral that travels in a section. The other fields travel in the manifest, routing and refer event. */
export type SectionField = Exclude<keyof Referral, 'kind' | 'test' | 'lane' | 'group'>

/** The rule of a section type. */
interface SectionRule {
  /** Fields of the section. In addition, each extension travels in the section that it names. */
  readonly fields: readonly SectionField[]
  /** Whether the content may identify somebody. */
  readonly identifying: boolean
}

/** Section types in transmission order (REX-REF-020). The type `event` is not listed, because it belongs to the thread. */
export const SECTIONS = {
  triage: { fields: ['triage'], identifying: false },
  handling: { fields: ['handling'], identifying: false },
  consent: { fields: ['consents'], identifying: false },
  questions: { fields: ['questions'], identifying: false },
  advisory: { fields: ['advisory'], identifying: false },
  incident: { fields: ['incident'], identifying: true },
  items: { fields: ['items'], identifying: false },
  people: { fields: ['people'], identifying: true },
  contact: { fields: ['contact'], identifying: true },
  accounts: { fields: ['accounts'], identifying: true },
  references: { fields: ['references'], identifying: true },
  narrative: { fields: ['narrative'], identifying: true },
} as const satisfies Record<string, SectionRule>

/** Type of a section of a referral. */
export type SectionType = keyof typeof SECTIONS

/** All section types, in order. */
export const SECTION_TYPES = Object.keys(SECTIONS) as SectionType[]

/** The content of a section: the fields of its type, and its extensions. */
export type SectionContent = Pick<Partial<Referral>, SectionField>

/** One section of a referral. */
export interface ReferralSection {
  readonly type: SectionType
  /** Stable id. A newer version with the same type and id replaces the whole section. Default: the type. */
  readonly id: string
  /** Version of the section, from 1. */
  readonly version: number
  readonly content: SectionContent
}

/** A referral assembled from sections, with the origin of each section. */
export interface MergedReferral<Origin> {
  readonly referral: SectionContent
  /** Origins by `type`, or by `type/id` for a section whose id differs from its type. */
  readonly origins: Readonly<
    Record<string, Origin & { readonly type: SectionType; readonly version: number }>
  >
}

/** Whether a text is a section type of a referral. */
export function isSectionType(type: string): type is SectionType {
  return typeof type === 'string' && Object.hasOwn(SECTIONS, type)
}

/** Returns the fields that a section of this type may contain. */
export function sectionFields(type: SectionType): readonly SectionField[] {
  return [...SECTIONS[type].fields, 'extensions']
}

/**
 * Splits a referral into sections, one for each type that has content, in transmission order. `versions` (by type) default to 1.
 * @throws RexError INVALID_REFERRAL for a value that is not a referral
 */
export function sections(
  referral: Partial<Referral>,
  versions: Readonly<Record<string, number>> = {},
): ReferralSection[] {
  requireObject(referral, '')
  requireObject(versions, 'versions')
  if (referral.extensions !== undefined) requireObjects(referral.extensions, 'extensions')
  return typesOf(referral).map((type) => ({
    type,
    id: type,
    version: versions[type] ?? 1,
    content: contentOf(referral, type),
  }))
}

/** Returns the types of the sections of a referral, in transmission order. */
export function typesOf(referral: Partial<Referral>): SectionType[] {
  return SECTION_TYPES.filter(
    (type) =>
      SECTIONS[type].fields.some((field) => referral[field] !== undefined) ||
      referral.extensions?.some(({ section }) => section === type) === true,
  )
}

/**
 * Assembles a referral from sections. It is partial if some sections are missing. The highest version of each section is used.
 * @throws RexError INVALID_REFERRAL for values that are not sections
 */
export function fromSections(known: readonly ReferralSection[]): SectionContent {
  requireObjects(known, 'sections')
  return mergeSections(known.map((section) => ({ section, origin: {} }))).referral
}

/**
 * Merges the newest versions of all sections and keeps their origins (REX-REF-024). Of equal versions, the later in the list wins. Lists in
 * sections of one type with different ids are concatenated.
 * @throws RexError INVALID_REFERRAL for values that are not sections
 */
export function mergeSections<Origin extends object>(
  known: readonly { readonly section: ReferralSection; readonly origin: Origin }[],
): MergedReferral<Origin> {
  requireObjects(known, 'sections')
  for (const { section } of known) {
    requireObject(section, 'sections')
    requireObject(section.content, section.type)
  }
  const newest = [...newestByKey(known).values()].sort((a, b) => order(a.section) - order(b.section))
  return {
    referral: newest.map(({ section }) => section.content).reduce(joined, {}),
    origins: Object.fromEntries(
      newest.map(({ section, origin }) => [
        keyOf(section),
        { ...origin, type: section.type, version: section.version },
      ]),
    ),
  }
}

function contentOf(referral: Partial<Referral>, type: SectionType): SectionContent {
  const extensions = referral.extensions?.filter(({ section }) => section === type) ?? []
  const fields = SECTIONS[type].fields.filter((field) => referral[field] !== undefined)
  return {
    ...Object.fromEntries(fields.map((field) => [field, referral[field]])),
    ...(extensions.length > 0 && { extensions }),
  }
}

function newestByKey<Entry extends { readonly section: ReferralSection }>(
  known: readonly Entry[],
): Map<string, Entry> {
  const newest = new Map<string, Entry>()
  for (const entry of known) {
    const key = keyOf(entry.section)
    const held = newest.get(key)
    if (held === undefined || held.section.version <= entry.section.version) newest.set(key, entry)
  }
  return newest
}

/** Returns the key of a section. The key includes the type, so that a section never replaces a section of another type. */
function keyOf({ type, id }: ReferralSection): string {
  return id === type ? type : `${type}/${id}`
}

function order(section: ReferralSection): number {
  return SECTION_TYPES.indexOf(section.type)
}

/**
 * Merges two parts of a referral. Lists are concatenated; for other fields, `next` wins. @throws RexError INVALID_REFERRAL unless both are
 * objects
 */
export function joined<Part extends { readonly [F in keyof Referral]?: unknown }>(
  all: Part,
  next: Part,
): Part {
  requireObject(all, '')
  requireObject(next, '')
  const lists = Object.entries(next).map(([field, value]) => {
    const held = all[field as keyof Referral]
    return [field, Array.isArray(held) && Array.isArray(value) ? [...held, ...value] : value]
  })
  return { ...all, ...Object.fromEntries(lists) }
}

function requireObject(value: unknown, path: string): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidReferral([problem(path, 'object')])
}

function requireObjects(value: unknown, path: string): void {
  if (!Array.isArray(value)) throw invalidReferral([problem(path, 'list')])
  for (const [i, entry] of value.entries()) requireObject(entry, `${path}[${i}]`)
}
