// The case: what is asked, what is needed to decide, on what it stands, what may be done with it. docs/spec/referral.md, "Fields"
import type { Absent, Area, Code, Country, Instant, Language, LocalId, PartialDate, Text } from './common.ts'

/** Place among referrals that belong together. */
export interface Group {
  /** The group: 16 random bytes, lower-case hexadecimal. */
  readonly id: string
  /** Place of this referral, from 1. */
  readonly index: number
  /** How many referrals the group has. */
  readonly size: number
}

/** The triage card: everything needed to decide, nothing that identifies. */
export interface Triage {
  /** Age band of the principal child, or of the youngest. */
  readonly ageBand?: Code<'age-band'>
  /** Gender of the principal child, as stated. */
  readonly gender?: Code<'gender'>
  /** How many children are concerned. */
  readonly children?: number
  /** Where help is needed. */
  readonly country?: Country
  /** Administrative area where help is needed, no smaller than a district. */
  readonly area?: Area
  /** Languages that the child or caregiver understands. */
  readonly languages?: readonly Language[]
  /** Whether an interpreter is needed. */
  readonly interpreter?: boolean
  /** Assessed risk. */
  readonly risk?: Code<'risk'>
  /** Services asked for. */
  readonly services?: readonly Code<'service'>[]
  /** Kinds of abuse or concern. */
  readonly abuse?: readonly Code<'abuse'>[]
  /** Why and until when it is urgent. */
  readonly urgency?: Urgency
  /** Anything else needed to decide; must identify no one. */
  readonly note?: Text
  /** Why fields have no value. */
  readonly absent?: Absent<
    'ageBand' | 'gender' | 'children' | 'country' | 'area' | 'languages' | 'interpreter' | 'risk'
  >
}

/** Why and until when it is urgent. */
export interface Urgency {
  /** The reason. */
  readonly reason: Code<'urgency-reason'>
  /** When something must have happened. */
  readonly due?: Instant
  /** More about the reason; must identify no one. */
  readonly note?: Text
}

/** What the recipient may do with the referral. */
export interface Handling {
  /** The one label of the Traffic Light Protocol 2.0. */
  readonly tlp: Code<'tlp'>
  /** What may be done (FIRST IEP 2). Default: internally-visible. */
  readonly permittedActions?: readonly Code<'permitted-action'>[]
  /** What it may be used for. */
  readonly purposes?: readonly Code<'purpose'>[]
  /** Whether it may be passed on. Default: ask-first. */
  readonly onward?: Code<'onward-sharing'>
  /** Organisations to which it may be passed on without asking: entity identifiers. */
  readonly onwardTo?: readonly string[]
  /** Whether the sender may be named to others. Default: must-not. */
  readonly attribution?: Code<'attribution'>
  /** Whether those concerned, suspected persons included, may be notified. Default: must-not. */
  readonly notification?: Code<'notification'>
  /** When permission ends. */
  readonly expires?: Instant
  /** Conditions in words. */
  readonly conditions?: Text
}

/** Consent or another legal basis; names no one: people by id. */
export interface Consent {
  /** Whose data it covers. Absent: everybody's in the referral. */
  readonly person?: LocalId
  /** On what the referral stands. */
  readonly legalBasis: Code<'legal-basis'>
  /** Who gave it. */
  readonly givenBy?: LocalId
  /** In which role it was given. */
  readonly subject?: Code<'interview-subject'>
  /** When it was given. */
  readonly givenOn?: PartialDate
  /** Whether the child agrees, as far as its age allows to ask. */
  readonly assent?: boolean
  /** Agreement to receive services. */
  readonly services?: boolean
  /** Agreement that other organisations are told. */
  readonly disclosure?: boolean
  /** Agreement to statistics that identify no one. */
  readonly reporting?: boolean
  /** Agreement to family tracing. */
  readonly tracing?: boolean
  /** Agreement to export to UNHCR. */
  readonly unhcrExport?: boolean
  /** With whom it may be shared. */
  readonly shareWith?: readonly Code<'consent-sharing'>[]
  /** What must not be shared, or with whom not. */
  readonly withheld?: Text
  /** Why something is withheld. */
  readonly withholdingReason?: Code<'withholding-reason'>
  /** What it was given for. */
  readonly purposes?: readonly Code<'purpose'>[]
  /** Limits in words. */
  readonly limits?: Text
  /** When it ends. */
  readonly expires?: Instant
  /** Why the referral goes ahead without consent or against it. */
  readonly overridden?: Text
  /** Why fields have no value. */
  readonly absent?: Absent<
    'givenBy' | 'givenOn' | 'assent' | 'services' | 'disclosure' | 'reporting' | 'tracing'
  >
}

/** One question of an information request; names no one: people by id. */
export interface Question {
  /** Id of the question. */
  readonly id: LocalId
  /** The question. */
  readonly text: Text
  /** Ids of the people, items or accounts it is about. */
  readonly about?: readonly LocalId[]
}

/** Knowledge shared with several organisations. */
export interface Advisory {
  /** What it is about, in one line. */
  readonly title: Text
  /** What it is about, as codes. */
  readonly topics?: readonly Code<'advisory-topic'>[]
  /** What has been seen. */
  readonly description: readonly Text[]
  /** What to do. */
  readonly guidance?: readonly Text[]
  /** Until when it holds. */
  readonly validUntil?: Instant
}

/** A national or own field that any receiver can show. */
export interface Extension {
  /** Whose field it is: an https URI. */
  readonly owner: string
  /** Version of the field's definition, from 1. */
  readonly version: number
  /** Section in which it travels, so that it is disclosed as that section is. */
  readonly section: Code<'section-type'>
  /** Name of the field with its owner. */
  readonly key: string
  /** Id of the person, item or account it is about. Absent: the referral. */
  readonly about?: LocalId
  /** Label for people, in one or several languages. */
  readonly labels: readonly Text[]
  /** The value. */
  readonly value: ExtensionValue
  /** Whether a person must read it before deciding. */
  readonly criticality: Code<'criticality'>
}

/** A typed value: exactly one member. */
export interface ExtensionValue {
  /** Free text. */
  readonly text?: Text
  /** A whole number. */
  readonly integer?: number
  /** A decimal number as text, "-12.50". */
  readonly decimal?: string
  /** Yes or no. */
  readonly flag?: boolean
  /** A date. */
  readonly date?: PartialDate
  /** A code of the owner's own list. */
  readonly code?: string
}
