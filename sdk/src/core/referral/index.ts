// The door @rex/sdk/referral: types, validation, lint, code lists, labels and JSON Schema. No Node, no cryptography: it runs in a browser. docs/spec/referral.md
export { formatDate } from './dates.ts'
export { guard, guardBytes } from './guard.ts'
export { KINDS, kindRule, type SectionPlan, sectionPlan } from './kinds.ts'
export {
  type CodeEntry,
  type CodeList,
  codeEntry,
  knownCode,
  LISTS,
  type ListName,
  listVersions,
} from './lists.ts'
export type { Problem } from './problem.ts'
export {
  fromSections,
  isSectionType,
  type MergedReferral,
  mergeSections,
  type ReferralSection,
  SECTIONS,
  type SectionContent,
  type SectionType,
  sections,
} from './section.ts'
export type * from './types.ts'
export { type UnknownCode, unknownCodes } from './unknown.ts'
export { parseReferral, problemsOf, type Validation, validate } from './validate.ts'
