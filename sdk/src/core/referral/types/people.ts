// People, and how to reach them safely. docs/spec/referral.md, "Fields"
import type {
  Absent,
  Area,
  Code,
  Country,
  Identifier,
  Language,
  LocalId,
  PartialDate,
  Place,
  Text,
} from './common.ts'

/** A person concerned. */
export interface Person {
  /** Id within the referral. @example "child" */
  readonly id: LocalId
  /** Roles of the person in this case. @example ["child"] */
  readonly roles: readonly Code<'person-role'>[]
  /** Names, with the name to use first. */
  readonly names?: readonly Name[]
  /** Identifiers and identity documents. */
  readonly identifiers?: readonly Identifier[]
  /** Date of birth, as far as known. @example "2009/2010" */
  readonly dateOfBirth?: PartialDate
  /** Age, if the date of birth is not known. */
  readonly age?: Age
  /** Gender, as stated. @example "female" */
  readonly gender?: Code<'gender'>
  /** Gender in the person's own words. */
  readonly genderStated?: Text
  /** Nationalities. @example ["CD"] */
  readonly nationalities?: readonly Country[]
  /** Whether no state considers the person its national. */
  readonly stateless?: boolean
  /** Languages, best first. @example ["fr","ln"] */
  readonly languages?: readonly Language[]
  /** Whether an interpreter is needed. */
  readonly interpreter?: boolean
  /** Needs to meet when working with the person. @example ["hearing-impairment","sign-language"] */
  readonly needs?: readonly Code<'need'>[]
  /** Relationships to other people in the referral. */
  readonly relationships?: readonly Relationship[]
  /** Organisation of a professional. */
  readonly organisation?: string
  /** Position of a professional, such as "social worker". */
  readonly position?: string
  /** Expected date of delivery of an unborn child. @example "2014-05~" */
  readonly expectedDeliveryDate?: PartialDate
  /** Place of birth. */
  readonly birthPlace?: Place
  /** Whether the person has died. */
  readonly deceased?: boolean
  /** Date of death. @example "2014-05~" */
  readonly deceasedDate?: PartialDate
  /** Ethnicity, as stated. A special category of personal data (REX-REF-026). */
  readonly ethnicity?: string
  /** Religion, as stated. A special category of personal data (REX-REF-026). */
  readonly religion?: string
  /** Purpose of stating ethnicity or religion, and rules for using this information. */
  readonly sensitiveNote?: Text
  /** School or other place of learning. */
  readonly school?: string
  /** Present care of a child. @example "with-parents" */
  readonly careArrangement?: Code<'care-arrangement'>
  /** Legal status of a child in care. @example "parental-custody" */
  readonly legalStatus?: Code<'legal-status'>
  /** Anything else. */
  readonly notes?: readonly Text[]
  /** Reasons for fields without a value. */
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
    | 'birthPlace'
    | 'deceased'
    | 'ethnicity'
    | 'religion'
    | 'school'
    | 'careArrangement'
    | 'legalStatus'
  >
}

/** A name, as written. */
export interface Name {
  /** Kind of name. @example "known-as" */
  readonly kind: Code<'name-kind'>
  /** The full name in its usual order. @example "Grâce M." */
  readonly full: string
  /** Parts, if known. */
  readonly parts?: readonly NamePart[]
  /** Language and script. @example "fr" */
  readonly language?: Language
}

/** A part of a name. */
export interface NamePart {
  /** Kind of part. @example "given" */
  readonly kind: Code<'name-part'>
  /** The part. @example "ธนกร" */
  readonly text: string
}

/** An age: a value or a range. */
export interface Age {
  /** The age. @example 15 */
  readonly value?: number
  /** Lowest possible age. @example 7 */
  readonly min?: number
  /** Highest possible age. @example 9 */
  readonly max?: number
  /** Unit. Default: years. @example "months" */
  readonly unit?: Code<'age-unit'>
  /** Source of the age. @example "assessed" */
  readonly basis: Code<'age-basis'>
  /** Date on which the person had this age. @example "2021" */
  readonly asOf?: PartialDate
}

/** Relationship of one person to another. */
export interface Relationship {
  /** What `to` is to this person, such as a sibling, or a rule about `to`. @example "sibling" */
  readonly type: Code<'relationship'>
  /** The other person. @example "child-b" */
  readonly to: LocalId
  /** More about the relationship. */
  readonly note?: Text
}

/** Safe ways to reach people. */
export interface Contact {
  /** Channels to reach people, best first. */
  readonly channels?: readonly Channel[]
  /** Addresses where people live or stay. */
  readonly addresses?: readonly Address[]
  /** People and channels that must never be used. */
  readonly never?: readonly NeverContact[]
  /** Instructions for every contact. */
  readonly instructions?: Text
  /** Reasons for fields without a value. */
  readonly absent?: Absent<'channels' | 'addresses' | 'instructions'>
}

/** A channel to reach somebody. */
export interface Channel {
  /** The person whom it reaches. @example "aunt" */
  readonly person: LocalId
  /** Type of channel. @example "messenger" */
  readonly type: Code<'contact-channel'>
  /** Number, address or handle. @example "+962 6 555 0117 (messenger)" */
  readonly value: string
  /** Owner of the device, as a category. Absent: not known. @example "shared-family" */
  readonly device?: Code<'device'>
  /** Id of the device's owner, if part of the referral. @example "child" */
  readonly owner?: LocalId
  /** People who may answer. @example ["mother"] */
  readonly answeredBy?: readonly LocalId[]
  /** Times when contact is safe. Absent: not known, so ask before the first contact. */
  readonly safeTimes?: readonly SafeTime[]
  /** Whether a voice message may be left. Absent: no. */
  readonly voicemail?: boolean
  /** Whether a written message may be sent. Absent: no. */
  readonly messages?: boolean
  /** Further rules. @example ["only-when-alone"] */
  readonly rules?: readonly Code<'contact-rule'>[]
  /** Words to say first, or a code word. */
  readonly say?: Text
  /** Date of last confirmation. @example "2026-11-18" */
  readonly confirmed?: PartialDate
  /** Reasons for fields without a value. */
  readonly absent?: Absent<
    'device' | 'owner' | 'answeredBy' | 'safeTimes' | 'voicemail' | 'messages' | 'say' | 'confirmed'
  >
}

/** A time of the week when contact is safe. */
export interface SafeTime {
  /** Days. Absent: every day. @example ["sunday","wednesday"] */
  readonly days?: readonly Code<'weekday'>[]
  /** Start in local time, such as "15:30". @example "09:00" */
  readonly from: string
  /** End in local time, at the latest "23:59". @example "11:00" */
  readonly until: string
  /** IANA time zone, such as "Europe/Kyiv". @example "Asia/Amman" */
  readonly zone: string
}

/** A person or channel that must never be used for contact. Has at least one of person, type and value. */
export interface NeverContact {
  /** Person who must never be contacted. @example "uncle" */
  readonly person?: LocalId
  /** Type of channel that must never be used. @example "school" */
  readonly type?: Code<'contact-channel'>
  /** Number, address or handle that must never be used. */
  readonly value?: string
  /** Reason. */
  readonly reason?: Text
}

/** An address where somebody lives or stays. */
export interface Address {
  /** People who live or stay there. @example ["child","aunt"] */
  readonly people?: readonly LocalId[]
  /** What the address is to these people. Absent: where they are now. @example "home" */
  readonly use?: Code<'address-use'>
  /** Period in which these people lived, live or will live there. @example "2014-05~" */
  readonly period?: PartialDate
  /** Address lines as written on a letter. */
  readonly lines?: readonly string[]
  /** City, town or village. */
  readonly city?: string
  /** District or county. */
  readonly district?: string
  /** Postal code. */
  readonly postalCode?: string
  /** Landmark or directions. */
  readonly landmark?: Text
  /** Administrative areas, the largest first. */
  readonly areas?: readonly Area[]
  /** Country. @example "JO" */
  readonly country?: Country
  /** How exact the address is. @example "settlement" */
  readonly precision?: Code<'address-precision'>
  /** Date of last confirmation. @example "2026-11-15" */
  readonly confirmed?: PartialDate
}
