// The referral as plain JSON: the same in files, programs and forms. docs/spec/referral.md, "Fields"

import type { Advisory, Consent, Extension, Group, Handling, Question, Triage } from './types/case.ts'
import type { Code, Text } from './types/common.ts'
import type { Account, Incident, Item, Reference } from './types/content.ts'
import type { Contact, Person } from './types/people.ts'
import type { Strict } from './types/strict.ts'

export type * from './types/case.ts'
export type * from './types/common.ts'
export type * from './types/content.ts'
export type * from './types/people.ts'
export type * from './types/strict.ts'

/** A case that one organisation hands to another. Its kind determines the required sections (REX-REF-010). */
export interface Referral {
  /** Kind of request. @example "advisory" */
  readonly kind: Code<'referral-kind'>
  /** Rehearsal traffic: true for anything that is not a real case. */
  readonly test: boolean
  /** How urgently the referral is delivered. Default: routine. An urgent referral needs `triage.urgency`. @example "urgent" */
  readonly lane?: 'routine' | 'urgent'
  /** Position in a group of related referrals, such as siblings. */
  readonly group?: Group
  /** Information that the recipient needs to decide; identifies no one. */
  readonly triage: Triage
  /** Rules for the recipient's use of the referral. */
  readonly handling: Handling
  /** Consent and legal basis. */
  readonly consents?: readonly Consent[]
  /** Questions of an information request. */
  readonly questions?: readonly Question[]
  /** Content of an advisory. */
  readonly advisory?: Advisory
  /** The people concerned. */
  readonly people?: readonly Person[]
  /** Safe ways to reach people. */
  readonly contact?: Contact
  /** The incident. */
  readonly incident?: Incident
  /** Content to remove, verify or take note of, as URLs and hashes, never the material itself. */
  readonly items?: readonly Item[]
  /** Accounts on services. */
  readonly accounts?: readonly Account[]
  /** The location of evidence in lawful stores, never the evidence itself. */
  readonly references?: readonly Reference[]
  /** The account of the case, in one or several languages. */
  readonly narrative?: readonly Text[]
  /** National and organisation-specific fields; each travels in the section that it names. */
  readonly extensions?: readonly Extension[]
}

/** A referral with only supported codes, for programs that write referrals. It can be used wherever a `Referral` is expected. */
export type StrictReferral = Strict<Referral>
