// The incident, and the location of material and evidence, never the material itself. docs/spec/referral.md, "Fields"
import type {
  Absent,
  Code,
  Country,
  Hash,
  Identifier,
  Instant,
  LocalId,
  PartialDate,
  Place,
  Text,
} from './common.ts'

/** The incident. */
export interface Incident {
  /** Types of the incident. @example ["csam"] */
  readonly types: readonly Code<'incident-type'>[]
  /** Further annotations. @example ["sextortion","csam-solicitation"] */
  readonly annotations?: readonly Code<'incident-annotation'>[]
  /** Date or period. @example "2026-11-20/.." */
  readonly period?: PartialDate
  /** Countries where it happened. @example ["FR"] */
  readonly countries?: readonly Country[]
  /** Places where it happened. */
  readonly places?: readonly Place[]
  /** Platforms where it happened. @example ["img-store.example"] */
  readonly platforms?: readonly string[]
  /** Kinds of service where it happened. @example ["web-page"] */
  readonly settings?: readonly Code<'incident-setting'>[]
  /** Identifiers assigned by others. */
  readonly identifiers?: readonly Identifier[]
  /** Network addresses observed that belong to no known account. */
  readonly addresses?: readonly NetworkEvent[]
  /** Account of the incident, in free text. */
  readonly narrative?: readonly Text[]
  /** Reasons for fields without a value. */
  readonly absent?: Absent<'period' | 'countries' | 'places' | 'platforms' | 'settings' | 'narrative'>
}

/** Content to remove, verify or take note of. Has at least one of url, hashes, domain and account. */
export interface Item {
  /** Id of the item, to which outcomes refer. @example "landing" */
  readonly id: LocalId
  /** URL of the content. It is shown defanged and never fetched. @example "https://img-store.example/album/TEST-88f1" */
  readonly url?: string
  /** Hashes of the material. */
  readonly hashes?: readonly Hash[]
  /** A whole domain. @example "free-gems.example" */
  readonly domain?: string
  /** Id of an account in this referral. @example "child" */
  readonly account?: LocalId
  /** Kind of site. @example "website" */
  readonly siteType?: Code<'site-type'>
  /** Country where the content is hosted. @example "US" */
  readonly hostingCountry?: Country
  /** Hosting provider. @example "Low Polder Hosting" */
  readonly hostingProvider?: string
  /** Network addresses of the server, with the event `hosting`. Addresses of people belong to `incident` or `accounts`. */
  readonly addresses?: readonly NetworkEvent[]
  /** Conditions of access. @example "public" */
  readonly access?: Code<'access'>
  /** Classifications. */
  readonly classifications?: readonly Classification[]
  /** Further flags. @example ["commercial"] */
  readonly flags?: readonly Code<'content-flag'>[]
  /** Whether somebody at the sender has viewed the content. */
  readonly viewed?: boolean
  /** Whether the content is publicly accessible. */
  readonly public?: boolean
  /** Kind of media. @example "image" */
  readonly mediaType?: Code<'media-type'>
  /** File name as found. Must not identify anyone. */
  readonly fileName?: string
  /** Way in which the content was found. @example "hash-match" */
  readonly detection?: Code<'detection'>
  /** Date first seen. @example "2026-11-20" */
  readonly firstSeen?: PartialDate
  /** Date last seen. @example "2026-11-23T09:12:00Z" */
  readonly lastSeen?: PartialDate
  /** Anything else. */
  readonly note?: Text
  /** Reasons for fields without a value. */
  readonly absent?: Absent<'siteType' | 'hostingCountry' | 'classifications' | 'firstSeen' | 'lastSeen'>
}

/** A classification in a scheme. */
export interface Classification {
  /** The scheme. @example "iwf" */
  readonly scheme: Code<'classification-scheme'>
  /** The class, exactly as the scheme spells it. @example "A" */
  readonly value: string
  /** The classifying organisation, never a person's name. @example "Hotline Example" */
  readonly by?: string
  /** Date of classification. @example "2026-11-23" */
  readonly on?: PartialDate
}

/** An account on a service. Has at least one of handle, identifiers, urls and addresses. */
export interface Account {
  /** Id within the referral. @example "bait" */
  readonly id: LocalId
  /** The service, such as "chat.example". @example "Blockworld Chat" */
  readonly service: string
  /** Handle or user name. @example "free-gems-official" */
  readonly handle?: string
  /** Display names. @example ["พลอย ♡"] */
  readonly displayNames?: readonly string[]
  /** Identifiers of the account at the service. */
  readonly identifiers?: readonly Identifier[]
  /** Profile URLs. They are shown defanged and never fetched. @example ["https://rendez-vous.example/u/gracia.m"] */
  readonly urls?: readonly string[]
  /** State of the account. @example "active" */
  readonly status?: Code<'account-status'>
  /** Date since which the account is in this state. @example "2014-05~" */
  readonly statusDate?: PartialDate
  /** Whether the user was told of this state. */
  readonly userNotified?: boolean
  /** The owner of the account. @example "child" */
  readonly person?: LocalId
  /** Network addresses observed. */
  readonly addresses?: readonly NetworkEvent[]
  /** Anything else. */
  readonly note?: Text
  /** Reasons for fields without a value. */
  readonly absent?: Absent<'handle' | 'displayNames' | 'identifiers' | 'person' | 'addresses'>
}

/** A network address observed for an account or in the incident, or the address of a server. */
export interface NetworkEvent {
  /** IPv4 or IPv6 address. @example "203.0.113.77" */
  readonly address: string
  /** Port, needed if many users share the address. @example 51022 */
  readonly port?: number
  /** The event at that time. @example "login" */
  readonly event: Code<'network-event'>
  /** Time of the event with its zone, or only a date if the time is not known. @example "2026-11-21T22:14:05+07:00" */
  readonly at?: PartialDate
  /** Whether it may be a proxy, a private network or an anonymity network. */
  readonly possibleProxy?: boolean
  /** Id of the item concerned. @example "child" */
  readonly item?: LocalId
}

/** Evidence in a lawful store. */
export interface Reference {
  /** Id within the referral. @example "series" */
  readonly id: LocalId
  /** Type of evidence. @example "material" */
  readonly type: Code<'reference-type'>
  /** The keeper, such as an organisation or a platform. @example "National image database of a police force" */
  readonly store: string
  /** Location in the store. @example "series/TEST-7731" */
  readonly locator: string
  /** Legal basis for keeping and releasing the evidence. @example "law-enforcement" */
  readonly legalBasis: Code<'evidence-basis'>
  /** Hashes of the evidence or, for a `hash-list`, of its file. */
  readonly hashes?: readonly Hash[]
  /** Number of hashes in a `hash-list`. @example 2140000 */
  readonly count?: number
  /** Format of a `hash-list`. @example "vics" */
  readonly format?: Code<'hash-list-format'>
  /** Types of the hashes in a `hash-list`. @example ["md5","sha1","pdna"] */
  readonly hashTypes?: readonly Code<'hash-type'>[]
  /** End of retention. @example "2027-02-20T00:00:00Z" */
  readonly keptUntil?: Instant
  /** Anything else. */
  readonly note?: Text
}
