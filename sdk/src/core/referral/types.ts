// The referral as plain JSON: the same in files, programs and forms. docs/spec/referral.md, "Fields"

import type { Advisory, Consent, Extension, Group, Handling, Question, Triage } from './types/case.ts'
import type { Code, Text } from './types/common.ts'
import type { Account, Incident, Item, Reference } from './types/content.ts'
import type { Contact, Person } from './types/people.ts'

export type * from './types/case.ts'
export type * from './types/common.ts'
export type * from './types/content.ts'
export type * from './types/people.ts'

/** One case handed from one organisation to another. What it must carry depends on its kind (REX-REF-010). */
export interface Referral {
  /** What is asked. */
  readonly kind: Code<'referral-kind'>
  /** Rehearsal traffic: true for anything that is not a real case. */
  readonly test: boolean
  /** How urgently it is delivered. Default: routine. Urgent needs `triage.urgency`. */
  readonly lane?: 'routine' | 'urgent'
  /** Place among referrals that belong together, such as siblings. */
  readonly group?: Group
  /** What the recipient needs to decide; identifies no one. */
  readonly triage: Triage
  /** What the recipient may do with it. */
  readonly handling: Handling
  /** Consent and legal basis. */
  readonly consents?: readonly Consent[]
  /** What an information request asks. */
  readonly questions?: readonly Question[]
  /** What an advisory tells. */
  readonly advisory?: Advisory
  /** Who is concerned. */
  readonly people?: readonly Person[]
  /** How people may be reached safely. */
  readonly contact?: Contact
  /** What happened. */
  readonly incident?: Incident
  /** What is to be removed, verified or known: URLs and hashes, never the material. */
  readonly items?: readonly Item[]
  /** Accounts on services. */
  readonly accounts?: readonly Account[]
  /** Evidence in lawful stores: where it is, never the bytes. */
  readonly references?: readonly Reference[]
  /** The story, in one or several languages. */
  readonly narrative?: readonly Text[]
  /** National and own fields; each travels in the section that it names. */
  readonly extensions?: readonly Extension[]
}
