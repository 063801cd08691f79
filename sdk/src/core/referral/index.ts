// Entry point @rex/sdk/referral: types, validation, lint, codes, presets and sections. Runs in a browser: it uses neither Node nor
// cryptography. Parts that only some programs need (reading JSON, labels, lists, schema) have separate entry points. docs/spec/referral.md

// Guard and validation.

export { guard, guardBytes } from './guard/guard.ts'
export { parseReferral, type ValidateOptions, type Validation } from './validate/validate.ts'

// Types, problems, and validation before sending.

export { type Problem, problemsOf } from './messages/problem.ts'
export type { ProblemCode } from './messages/problems.ts'
export { type SendableOptions, validate } from './sendable.ts'
export type * from './types.ts'

// Checks before sending.

export { KINDS, type KindRule, kindRule, type SectionPlan, sectionPlan } from './kinds.ts'
export type { Finding } from './lint/finding.ts'
export { type LintOptions, lint } from './lint/lint.ts'
export type { RecipientNeeds } from './lint/needs.ts'
export type { Severity } from './messages/entry.ts'
export type { FindingCode } from './messages/findings.ts'
export type { KindNeeds, Needs } from './needs.ts'
export {
  type Draft,
  type ExpandedPreset,
  type Expansion,
  expandPresets,
  type Presets,
  parsePresets,
  STANDARD_PRESETS,
} from './presets.ts'

// Sections.

export {
  fromSections,
  isSectionType,
  joined,
  type MergedReferral,
  mergeSections,
  type ReferralSection,
  SECTIONS,
  type SectionContent,
  type SectionType,
  sections,
} from './section.ts'

// Codes, dates, names.

export {
  codesOf,
  isDecisionBearing,
  knownCode,
  LIST_NAMES,
  type ListName,
  listVersion,
  listVersions,
} from './codes/codes.ts'
export { compareDates, type DateRange, instantMs, parseDate } from './dates.ts'
export type { Notice } from './validate/normalise.ts'
export { type UnknownCode, unknownCodes, usedLists } from './validate/unknown.ts'
