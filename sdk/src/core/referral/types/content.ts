// The incident, and the location of material and evidence: never the material. docs/spec/referral.md, "Fields"
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
  /** Types of the incident. */
  readonly types: readonly Code<'incident-type'>[]
  /** Further annotations. */
  readonly annotations?: readonly Code<'incident-annotation'>[]
  /** Date or period. */
  readonly period?: PartialDate
  /** Countries where it happened. */
  readonly countries?: readonly Country[]
  /** Places where it happened. */
  readonly places?: readonly Place[]
  /** Platforms where it happened. */
  readonly platforms?: readonly string[]
  /** Kinds of service where it happened. */
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

/** Content to be removed, verified or known. At least one of url, hashes, domain and account is given. */
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
  /** Hosting provider. */
  readonly hostingProvider?: string
  /** Network addresses of the server, event `hosting`; never those of people, which belong to `incident` or `accounts`. */
  readonly addresses?: readonly NetworkEvent[]
  /** Conditions of access. */
  readonly access?: Code<'access'>
  /** Classifications. */
  readonly classifications?: readonly Classification[]
  /** Further flags. */
  readonly flags?: readonly Code<'content-flag'>[]
  /** Whether somebody at the sender has viewed it. */
  readonly viewed?: boolean
  /** Whether anybody can reach it. */
  readonly public?: boolean
  /** Kind of media. */
  readonly mediaType?: Code<'media-type'>
  /** File name, as found; must identify no one. */
  readonly fileName?: string
  /** Way in which it was found. */
  readonly detection?: Code<'detection'>
  /** Date first seen. */
  readonly firstSeen?: PartialDate
  /** Date last seen. */
  readonly lastSeen?: PartialDate
  /** Anything else. */
  readonly note?: Text
  /** Reasons for fields without a value. */
  readonly absent?: Absent<'siteType' | 'hostingCountry' | 'classifications' | 'firstSeen' | 'lastSeen'>
}

/** A classification in a scheme. */
export interface Classification {
  /** The scheme. */
  readonly scheme: Code<'classification-scheme'>
  /** The class, exactly as the scheme spells it. */
  readonly value: string
  /** The classifying organisation, never a person's name. */
  readonly by?: string
  /** Date of classification. */
  readonly on?: PartialDate
}

/** An account on a service. At least one of handle, identifiers, urls and addresses is given. */
export interface Account {
  /** Id within the referral. */
  readonly id: LocalId
  /** The service, such as "chat.example". */
  readonly service: string
  /** Handle or user name. */
  readonly handle?: string
  /** Display names. */
  readonly displayNames?: readonly string[]
  /** Identifiers of the account at the service. */
  readonly identifiers?: readonly Identifier[]
  /** Profile URLs: data, shown defanged. */
  readonly urls?: readonly string[]
  /** State of the account. */
  readonly status?: Code<'account-status'>
  /** Date since which it is in this state. */
  readonly statusDate?: PartialDate
  /** Whether the user was told of this state. */
  readonly userNotified?: boolean
  /** The owner of the account. */
  readonly person?: LocalId
  /** Network addresses observed. */
  readonly addresses?: readonly NetworkEvent[]
  /** Anything else. */
  readonly note?: Text
  /** Reasons for fields without a value. */
  readonly absent?: Absent<'handle' | 'displayNames' | 'identifiers' | 'person' | 'addresses'>
}

/** A network address observed for an account or in the incident, or that of a server. */
export interface NetworkEvent {
  /** IPv4 or IPv6 address. */
  readonly address: string
  /** Port, for shared addresses. */
  readonly port?: number
  /** The event at that time. */
  readonly event: Code<'network-event'>
  /** Time of the event with its zone, or a date if no more is known. */
  readonly at?: PartialDate
  /** Whether it may be a proxy, a private network or an anonymity network. */
  readonly possibleProxy?: boolean
  /** Id of the item that it concerns. */
  readonly item?: LocalId
}

/** Evidence in a lawful store. */
export interface Reference {
  /** Id within the referral. */
  readonly id: LocalId
  /** Type of evidence. */
  readonly type: Code<'reference-type'>
  /** The keeper, such as an organisation or a platform. */
  readonly store: string
  /** Location in the store. */
  readonly locator: string
  /** Legal basis for keeping and releasing it. */
  readonly legalBasis: Code<'evidence-basis'>
  /** Hashes of the evidence. */
  readonly hashes?: readonly Hash[]
  /** End of retention. */
  readonly keptUntil?: Instant
  /** Anything else. */
  readonly note?: Text
}
