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
  /** Country where it happened. */
  readonly country?: Country
  /** Platforms where it happened. */
  readonly platforms?: readonly string[]
  /** Kinds of service where it happened. */
  readonly settings?: readonly Code<'incident-setting'>[]
  /** Identifiers assigned by others. */
  readonly identifiers?: readonly Identifier[]
  /** Account of the incident, in free text. */
  readonly narrative?: readonly Text[]
  /** Reasons for fields without a value. */
  readonly absent?: Absent<'period' | 'country' | 'platforms' | 'settings' | 'narrative'>
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
  /** Conditions of access. */
  readonly access?: Code<'access'>
  /** Classifications. */
  readonly classifications?: readonly Classification[]
  /** Further flags. */
  readonly flags?: readonly Code<'content-flag'>[]
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

/** An account on a service. At least one of handle, identifiers and url is given. */
export interface Account {
  /** Id within the referral. */
  readonly id: LocalId
  /** The service, such as "chat.example". */
  readonly service: string
  /** Handle or user name. */
  readonly handle?: string
  /** Display name. */
  readonly displayName?: string
  /** Identifiers of the account at the service. */
  readonly identifiers?: readonly Identifier[]
  /** Profile URL: data, shown defanged. */
  readonly url?: string
  /** The owner of the account. */
  readonly person?: LocalId
  /** Network addresses observed. */
  readonly addresses?: readonly NetworkEvent[]
  /** Anything else. */
  readonly note?: Text
  /** Reasons for fields without a value. */
  readonly absent?: Absent<'handle' | 'displayName' | 'identifiers' | 'person' | 'addresses'>
}

/** A network address observed for an account. */
export interface NetworkEvent {
  /** IPv4 or IPv6 address. */
  readonly address: string
  /** Port, for shared addresses. */
  readonly port?: number
  /** The event at that time. */
  readonly event: Code<'network-event'>
  /** Time of the event. */
  readonly at: Instant
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
