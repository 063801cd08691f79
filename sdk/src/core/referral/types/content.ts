// What happened, and where the material and the evidence are: never the material. docs/spec/referral.md, "Fields"
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
