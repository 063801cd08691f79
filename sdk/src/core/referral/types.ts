// The referral as plain JSON: the same in files, programs and forms. docs/spec/referral.md
import type { ListName } from './lists.ts'

/**
 * A code of the named list, kebab-case. A string, because a code that a newer sender uses must survive to be shown;
 * `unknownCodes` names such codes.
 */
export type Code<_List extends ListName> = string

/** An id within one referral, such as "child" or "url-17": letters, digits, dot, hyphen, underscore; at most 64. */
export type LocalId = string

/** A date as far as it is known, in a subset of EDTF (ISO 8601-2): "2014", "2014-05~", "2014-05-09", "2014/2016-03", "../2016". */
export type PartialDate = string

/** A point in time (RFC 3339) with its zone: "2026-05-09T14:30:00+02:00", seconds optional. */
export type Instant = string

/** A BCP 47 language tag, with the script where it matters: "uk", "ar", "uk-Latn". */
export type Language = string

/** An ISO 3166-1 alpha-2 country code, upper-case. */
export type Country = string

/** Why fields have no value: field name to reason. A field that is present has no reason. */
export type Absent<Fields extends string> = { readonly [F in Fields]?: Code<'absence'> }

/** Free text with its language. */
export interface Text {
  /** The text as written. */
  readonly text: string
  /** Its language; "und" if not known. */
  readonly language: Language
}

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

/** An administrative area. */
export interface Area {
  /** Code scheme, such as "iso-3166-2" or "ocha-pcode". */
  readonly scheme: string
  /** Code in the scheme. */
  readonly code: string
  /** Name of the area. */
  readonly name?: string
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

/** A person concerned. */
export interface Person {
  /** Id within the referral. */
  readonly id: LocalId
  /** What the person is in this case. */
  readonly roles: readonly Code<'person-role'>[]
  /** Names, the one to use first. */
  readonly names?: readonly Name[]
  /** Numbers and papers. */
  readonly identifiers?: readonly Identifier[]
  /** Date of birth, as far as known. */
  readonly dateOfBirth?: PartialDate
  /** Age, where the date of birth does not say it. */
  readonly age?: Age
  /** Gender, as stated. */
  readonly gender?: Code<'gender'>
  /** Gender in the person's own words. */
  readonly genderStated?: Text
  /** Nationalities. */
  readonly nationalities?: readonly Country[]
  /** No state considers the person its national. */
  readonly stateless?: boolean
  /** Languages, the best first. */
  readonly languages?: readonly Language[]
  /** Whether an interpreter is needed. */
  readonly interpreter?: boolean
  /** Needs to meet when working with the person. */
  readonly needs?: readonly Code<'need'>[]
  /** Relationships to others of the referral. */
  readonly relationships?: readonly Relationship[]
  /** Organisation of a professional. */
  readonly organisation?: string
  /** Anything else. */
  readonly notes?: readonly Text[]
  /** Why fields have no value. */
  readonly absent?: Absent<
    | 'names'
    | 'identifiers'
    | 'dateOfBirth'
    | 'age'
    | 'gender'
    | 'nationalities'
    | 'stateless'
    | 'languages'
    | 'interpreter'
    | 'needs'
    | 'relationships'
  >
}

/** A name, as written. */
export interface Name {
  /** What kind of name. */
  readonly kind: Code<'name-kind'>
  /** The full name in its usual order. */
  readonly full: string
  /** Parts, where they are known. */
  readonly parts?: readonly NamePart[]
  /** Language and script. */
  readonly language?: Language
}

/** A part of a name. */
export interface NamePart {
  /** What kind of part. */
  readonly kind: Code<'name-part'>
  /** The part. */
  readonly text: string
}

/** A number that somebody issued. */
export interface Identifier {
  /** What kind of number. */
  readonly type: Code<'identifier-type'>
  /** Who issued it. */
  readonly issuer?: string
  /** The number. */
  readonly value: string
}

/** An age: a value or a range. */
export interface Age {
  /** The age. */
  readonly value?: number
  /** Lowest possible age. */
  readonly min?: number
  /** Highest possible age. */
  readonly max?: number
  /** Unit. Default: years. */
  readonly unit?: Code<'age-unit'>
  /** How it is known. */
  readonly basis: Code<'age-basis'>
  /** The day for which it is true. */
  readonly asOf?: PartialDate
}

/** What one person is to another. */
export interface Relationship {
  /** What `to` is to this person, or a rule about `to`. */
  readonly type: Code<'relationship'>
  /** The other person. */
  readonly to: LocalId
  /** More about it. */
  readonly note?: Text
}

/** How people may be reached safely. */
export interface Contact {
  /** Ways to reach people, the best first. */
  readonly channels?: readonly Channel[]
  /** Where people live or stay. */
  readonly addresses?: readonly Address[]
  /** Whom or what never to use. */
  readonly never?: readonly NeverContact[]
  /** What holds for every contact. */
  readonly instructions?: Text
  /** Why fields have no value. */
  readonly absent?: Absent<'channels' | 'addresses' | 'instructions'>
}

/** One way to reach somebody. */
export interface Channel {
  /** Whom it reaches. */
  readonly person: LocalId
  /** What it is. */
  readonly type: Code<'contact-channel'>
  /** Number, address or handle. */
  readonly value: string
  /** Whose device it is. Absent: not known. */
  readonly device?: Code<'device'>
  /** Id of the device's owner, if that is somebody of the referral. */
  readonly owner?: LocalId
  /** Who may answer. */
  readonly answeredBy?: readonly LocalId[]
  /** When contact is safe. Absent: not known; ask before the first contact. */
  readonly safeTimes?: readonly SafeTime[]
  /** Whether a voice message may be left. Absent: no. */
  readonly voicemail?: boolean
  /** Whether a written message may be sent. Absent: no. */
  readonly messages?: boolean
  /** Further rules. */
  readonly rules?: readonly Code<'contact-rule'>[]
  /** What to say first, or a code word. */
  readonly say?: Text
  /** When it was last confirmed. */
  readonly confirmed?: PartialDate
  /** Why fields have no value. */
  readonly absent?: Absent<
    'device' | 'owner' | 'answeredBy' | 'safeTimes' | 'voicemail' | 'messages' | 'say' | 'confirmed'
  >
}

/** A time of the week when contact is safe. */
export interface SafeTime {
  /** Days. Absent: every day. */
  readonly days?: readonly Code<'weekday'>[]
  /** From, local time, "15:30". */
  readonly from: string
  /** Until, local time; not after "23:59". */
  readonly until: string
  /** IANA time zone, "Europe/Kyiv". */
  readonly zone: string
}

/** Somebody or something that is never to be used for contact. At least one of person, type and value is given. */
export interface NeverContact {
  /** Never this person. */
  readonly person?: LocalId
  /** Never this kind of channel. */
  readonly type?: Code<'contact-channel'>
  /** Never this number, address or handle. */
  readonly value?: string
  /** Why. */
  readonly reason?: Text
}

/** Where somebody lives or stays. */
export interface Address {
  /** Who lives there. */
  readonly people?: readonly LocalId[]
  /** Lines as written on a letter. */
  readonly lines?: readonly string[]
  /** Landmark or way there. */
  readonly landmark?: Text
  /** Administrative areas, the largest first. */
  readonly areas?: readonly Area[]
  /** Country. */
  readonly country?: Country
  /** How exact the address is. */
  readonly precision?: Code<'address-precision'>
  /** When it was last confirmed. */
  readonly confirmed?: PartialDate
}

/** What happened. */
export interface Incident {
  /** Types of the incident. */
  readonly types: readonly Code<'incident-type'>[]
  /** What else marks it. */
  readonly annotations?: readonly Code<'incident-annotation'>[]
  /** When. */
  readonly period?: PartialDate
  /** Country where it happened. */
  readonly country?: Country
  /** Platforms where it happened. */
  readonly platforms?: readonly string[]
  /** Kinds of service where it happened. */
  readonly settings?: readonly Code<'incident-setting'>[]
  /** Numbers that others gave it. */
  readonly identifiers?: readonly Identifier[]
  /** What happened, in words. */
  readonly narrative?: readonly Text[]
  /** Why fields have no value. */
  readonly absent?: Absent<'period' | 'country' | 'platforms' | 'settings' | 'narrative'>
}

/** Something to be removed, verified or known. At least one of url, hashes, domain and account is given. */
export interface Item {
  /** Id that outcomes refer to. */
  readonly id: LocalId
  /** The URL: data, shown defanged, never fetched. */
  readonly url?: string
  /** Hashes of the material. */
  readonly hashes?: readonly Hash[]
  /** A whole domain. */
  readonly domain?: string
  /** Id of an account of this referral. */
  readonly account?: LocalId
  /** Kind of site. */
  readonly siteType?: Code<'site-type'>
  /** Country where it is hosted. */
  readonly hostingCountry?: Country
  /** Who hosts it. */
  readonly hostingProvider?: string
  /** How it can be reached. */
  readonly access?: Code<'access'>
  /** Classifications. */
  readonly classifications?: readonly Classification[]
  /** What else marks it. */
  readonly flags?: readonly Code<'content-flag'>[]
  /** When it was first seen. */
  readonly firstSeen?: PartialDate
  /** When it was last seen. */
  readonly lastSeen?: PartialDate
  /** Anything else. */
  readonly note?: Text
  /** Why fields have no value. */
  readonly absent?: Absent<'siteType' | 'hostingCountry' | 'classifications' | 'firstSeen' | 'lastSeen'>
}

/** A hash of the material. */
export interface Hash {
  /** Which hash. */
  readonly type: Code<'hash-type'>
  /** Its value in the spelling of the list: mostly lower-case hexadecimal. */
  readonly value: string
}

/** A classification in a scheme. */
export interface Classification {
  /** The scheme. */
  readonly scheme: Code<'classification-scheme'>
  /** The class, exactly as the scheme spells it. */
  readonly value: string
  /** Who classified: an organisation, never a person's name. */
  readonly by?: string
  /** When. */
  readonly on?: PartialDate
}

/** An account on a service. At least one of handle, identifiers and url is given. */
export interface Account {
  /** Id within the referral. */
  readonly id: LocalId
  /** The service, such as "chat.example". */
  readonly service: string
  /** Handle or user name. */
  readonly handle?: string
  /** Name shown. */
  readonly displayName?: string
  /** Numbers by which the service knows it. */
  readonly identifiers?: readonly Identifier[]
  /** Profile URL: data, shown defanged. */
  readonly url?: string
  /** Whose account it is. */
  readonly person?: LocalId
  /** Network addresses seen. */
  readonly addresses?: readonly NetworkEvent[]
  /** Anything else. */
  readonly note?: Text
  /** Why fields have no value. */
  readonly absent?: Absent<'handle' | 'displayName' | 'identifiers' | 'person' | 'addresses'>
}

/** A network address seen at an account. */
export interface NetworkEvent {
  /** IPv4 or IPv6 address. */
  readonly address: string
  /** Port, where addresses are shared. */
  readonly port?: number
  /** What happened then. */
  readonly event: Code<'network-event'>
  /** When. */
  readonly at: Instant
}

/** Evidence in a lawful store. */
export interface Reference {
  /** Id within the referral. */
  readonly id: LocalId
  /** What it is. */
  readonly type: Code<'reference-type'>
  /** Who keeps it, such as an organisation or a platform. */
  readonly store: string
  /** Where it is in the store. */
  readonly locator: string
  /** On what the store keeps and gives it. */
  readonly legalBasis: Code<'evidence-basis'>
  /** Hashes of it. */
  readonly hashes?: readonly Hash[]
  /** Until when it is kept. */
  readonly keptUntil?: Instant
  /** Anything else. */
  readonly note?: Text
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
