// The case: kind of request, triage, legal basis and handling rules. docs/spec/referral.md, "Fields"
import type { Absent, Area, Code, Country, Instant, Language, LocalId, PartialDate, Text } from './common.ts'

/** Position in a group of related referrals. */
export interface Group {
  /** Id of the group: 16 random bytes, lower-case hexadecimal. @example "5f1d2c3b4a5968778695a4b3c2d1e0f1" */
  readonly id: string
  /** Position of this referral, from 1. @example 1 */
  readonly index: number
  /** Number of referrals in the group. @example 3 */
  readonly size: number
}

/** The triage card, with everything that the recipient needs to decide and nothing that identifies anyone. */
export interface Triage {
  /** Age band of the principal child, or of the youngest child. @example "11-13" */
  readonly ageBand?: Code<'age-band'>
  /** Gender of the principal child, as stated. @example "female" */
  readonly gender?: Code<'gender'>
  /** Number of children concerned. @example 1 */
  readonly children?: number
  /** Country where help is needed. @example "FR" */
  readonly country?: Country
  /** Administrative area where help is needed, no smaller than a district. */
  readonly area?: Area
  /** Languages that the child or caregiver understands. @example ["fr","ln"] */
  readonly languages?: readonly Language[]
  /** Whether an interpreter is needed. */
  readonly interpreter?: boolean
  /** Assessed risk. @example "high" */
  readonly risk?: Code<'risk'>
  /** Services asked for. @example ["child-protection"] */
  readonly services?: readonly Code<'service'>[]
  /** Kinds of abuse or concern. @example ["grooming","sextortion"] */
  readonly abuse?: readonly Code<'abuse'>[]
  /** Reason and deadline of urgency. */
  readonly urgency?: Urgency
  /** When help is needed, urgent or not: a day, a time or a period. @example "2014-05~" */
  readonly neededBy?: PartialDate
  /** Priority in the sender's own system, for display only. The lane decides how the referral is delivered. @example "routine" */
  readonly priority?: Code<'priority'>
  /** Anything else needed to decide. Must not identify anyone. */
  readonly note?: Text
  /** Reasons for fields without a value. */
  readonly absent?: Absent<
    'ageBand' | 'gender' | 'children' | 'country' | 'area' | 'languages' | 'interpreter' | 'risk'
  >
}

/** Reason and deadline of urgency. */
export interface Urgency {
  /** The reason. @example "content-spreading" */
  readonly reason: Code<'urgency-reason'>
  /** Deadline for the action needed. @example "2026-11-23T22:00Z" */
  readonly due?: Instant
  /** More about the reason. Must not identify anyone. */
  readonly note?: Text
}

/** Rules for the recipient's use of the referral. */
export interface Handling {
  /** The single label of the Traffic Light Protocol 2.0. @example "green" */
  readonly tlp: Code<'tlp'>
  /** Permitted actions (FIRST IEP 2). Default: internally-visible. @example ["externally-visible-direct"] */
  readonly permittedActions?: readonly Code<'permitted-action'>[]
  /** Permitted purposes. @example ["prevention"] */
  readonly purposes?: readonly Code<'purpose'>[]
  /** Whether the referral may be passed on. Default: ask-first. @example "allowed" */
  readonly onward?: Code<'onward-sharing'>
  /** Entity identifiers of organisations to which the referral may be passed on without asking. @example ["https://ngo.example"] */
  readonly onwardTo?: readonly string[]
  /** Whether the sender may be named to others. Default: must-not. @example "may" */
  readonly attribution?: Code<'attribution'>
  /** Whether the people concerned, including suspected persons, may be notified. Default: must-not. @example "must-not" */
  readonly notification?: Code<'notification'>
  /** When permission ends. @example "2027-05-31T00:00:00Z" */
  readonly expires?: Instant
  /** Conditions in words. */
  readonly conditions?: Text
}

/** Consent or another legal basis. Refers to people by id, never by name. */
export interface Consent {
  /** The person whose data the consent covers. Absent: everybody in the referral. @example "child" */
  readonly person?: LocalId
  /** Legal basis of the referral. @example "vital-interests" */
  readonly legalBasis: Code<'legal-basis'>
  /** The person who gave the consent. @example "aunt" */
  readonly givenBy?: LocalId
  /** Role of the person who gave the consent. @example "caregiver" */
  readonly subject?: Code<'interview-subject'>
  /** Date on which the consent was given. @example "2026-11-15" */
  readonly givenOn?: PartialDate
  /** Whether the child agrees, if old enough to be asked. */
  readonly assent?: boolean
  /** Agreement to receive services. */
  readonly services?: boolean
  /** Agreement to disclosure to other organisations. */
  readonly disclosure?: boolean
  /** Agreement to statistics that do not identify anyone. */
  readonly reporting?: boolean
  /** Agreement to family tracing. */
  readonly tracing?: boolean
  /** Agreement to export to UNHCR. */
  readonly unhcrExport?: boolean
  /** Parties with whom the information may be shared. @example ["unhcr","other-organisations"] */
  readonly shareWith?: readonly Code<'consent-sharing'>[]
  /** Information that must not be shared, or parties that must not receive it. */
  readonly withheld?: Text
  /** Reasons for withholding. @example ["fear"] */
  readonly withholdingReasons?: readonly Code<'withholding-reason'>[]
  /** Services that the consent covers. Absent: all services asked for. @example ["safehouse"] */
  readonly forServices?: readonly Code<'service'>[]
  /** Names of the organisations that the consent covers. Absent: all organisations that `shareWith` permits. */
  readonly shareWithOrganisations?: readonly string[]
  /** Form in which the consent was given. @example "written" */
  readonly form?: Code<'consent-form'>
  /** Law, order or treaty of the legal basis, such as "Children Act 1989 s. 47". */
  readonly statute?: Text
  /** Whether the people with parental responsibility know of the referral. */
  readonly informed?: boolean
  /** The people who know of the referral. @example ["child"] */
  readonly informedPeople?: readonly LocalId[]
  /** Reason why the people with parental responsibility do not know of the referral. Must not identify anyone. */
  readonly notInformedReason?: Text
  /** Purposes for which the consent was given. @example ["protection"] */
  readonly purposes?: readonly Code<'purpose'>[]
  /** Limits in words. */
  readonly limits?: Text
  /** End of validity. @example "2026-05-09T14:30:00+02:00" */
  readonly expires?: Instant
  /** Reason for proceeding without consent or against it. */
  readonly overridden?: Text
  /** Reasons for fields without a value. */
  readonly absent?: Absent<
    | 'givenBy'
    | 'givenOn'
    | 'assent'
    | 'services'
    | 'disclosure'
    | 'reporting'
    | 'tracing'
    | 'form'
    | 'informed'
  >
}

/** A question of an information request. Refers to people by id, never by name. */
export interface Question {
  /** Id of the question. @example "q1" */
  readonly id: LocalId
  /** The question. */
  readonly text: Text
  /** Ids of the people, items or accounts in question. @example ["child"] */
  readonly about?: readonly LocalId[]
}

/** Knowledge shared with several organisations. */
export interface Advisory {
  /** Topic in one line. */
  readonly title: Text
  /** Topics, as codes. @example ["method","platform"] */
  readonly topics?: readonly Code<'advisory-topic'>[]
  /** Observations. */
  readonly description: readonly Text[]
  /** Recommended action. */
  readonly guidance?: readonly Text[]
  /** End of validity. @example "2027-05-31T00:00:00Z" */
  readonly validUntil?: Instant
}

/** A national or organisation-specific field that any receiver can display. */
export interface Extension {
  /** Owner of the field, as an https URI. @example "https://ngo.example" */
  readonly owner: string
  /** Version of the field's definition, from 1. @example 1 */
  readonly version: number
  /** Section in which the field travels and with which it is disclosed. @example "triage" */
  readonly section: Code<'section-type'>
  /** Name that the owner gives the field. @example "waiting-days" */
  readonly key: string
  /** Id of the person, item or account concerned. Absent: the referral. @example "child" */
  readonly about?: LocalId
  /** Label for people, in one or several languages. */
  readonly labels: readonly Text[]
  /** The value. */
  readonly value: ExtensionValue
  /** Whether a person must read the field before deciding. @example "informative" */
  readonly criticality: Code<'criticality'>
}

/** A typed value, with exactly one member. */
export interface ExtensionValue {
  /** Free text. */
  readonly text?: Text
  /** A whole number. @example 12 */
  readonly integer?: number
  /** A decimal number as text, such as "-12.50". @example "-12.50" */
  readonly decimal?: string
  /** Yes or no. */
  readonly flag?: boolean
  /** A date. @example "2014-05~" */
  readonly date?: PartialDate
  /** A code of the owner's own list. */
  readonly code?: string
}
