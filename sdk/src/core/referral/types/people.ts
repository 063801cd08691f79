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
  /** Id within the referral. */
  readonly id: LocalId
  /** Roles of the person in this case. */
  readonly roles: readonly Code<'person-role'>[]
  /** Names, the one to use first. */
  readonly names?: readonly Name[]
  /** Identifiers and identity documents. */
  readonly identifiers?: readonly Identifier[]
  /** Date of birth, as far as known. */
  readonly dateOfBirth?: PartialDate
  /** Age, if the date of birth is not known. */
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
  /** Relationships to other people in the referral. */
  readonly relationships?: readonly Relationship[]
  /** Organisation of a professional. */
  readonly organisation?: string
  /** Position of a professional, such as "social worker". */
  readonly position?: string
  /** Expected date of delivery of an unborn child. */
  readonly expectedDeliveryDate?: PartialDate
  /** Place of birth. */
  readonly birthPlace?: Place
  /** Whether the person has died. */
  readonly deceased?: boolean
  /** Date of death. */
  readonly deceasedDate?: PartialDate
  /** Ethnicity, as stated. A special category of personal data (REX-REF-026). */
  readonly ethnicity?: string
  /** Religion, as stated. A special category of personal data (REX-REF-026). */
  readonly religion?: string
  /** Purpose of telling ethnicity or religion, and what must be observed with them. */
  readonly sensitiveNote?: Text
  /** School or other place of learning. */
  readonly school?: string
  /** Present care of a child. */
  readonly careArrangement?: Code<'care-arrangement'>
  /** Legal status of a child in care. */
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
  /** Kind of name. */
  readonly kind: Code<'name-kind'>
  /** The full name in its usual order. */
  readonly full: string
  /** Parts, if known. */
  readonly parts?: readonly NamePart[]
  /** Language and script. */
  readonly language?: Language
}

/** A part of a name. */
export interface NamePart {
  /** Kind of part. */
  readonly kind: Code<'name-part'>
  /** The part. */
  readonly text: string
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
  /** Source of the age. */
  readonly basis: Code<'age-basis'>
  /** Date at which the age applies. */
  readonly asOf?: PartialDate
}

/** Relationship of one person to another. */
export interface Relationship {
  /** Relationship of `to` to this person, or a rule about `to`. */
  readonly type: Code<'relationship'>
  /** The other person. */
  readonly to: LocalId
  /** More about the relationship. */
  readonly note?: Text
}

/** Safe ways to reach people. */
export interface Contact {
  /** Channels to reach people, the best first. */
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

/** One channel to reach somebody. */
export interface Channel {
  /** The person whom it reaches. */
  readonly person: LocalId
  /** Type of channel. */
  readonly type: Code<'contact-channel'>
  /** Number, address or handle. */
  readonly value: string
  /** Owner of the device, as a category. Absent: not known. */
  readonly device?: Code<'device'>
  /** Id of the device's owner, if part of the referral. */
  readonly owner?: LocalId
  /** People who may answer. */
  readonly answeredBy?: readonly LocalId[]
  /** Times when contact is safe. Absent: not known; ask before the first contact. */
  readonly safeTimes?: readonly SafeTime[]
  /** Whether a voice message may be left. Absent: no. */
  readonly voicemail?: boolean
  /** Whether a written message may be sent. Absent: no. */
  readonly messages?: boolean
  /** Further rules. */
  readonly rules?: readonly Code<'contact-rule'>[]
  /** Words to say first, or a code word. */
  readonly say?: Text
  /** Date of last confirmation. */
  readonly confirmed?: PartialDate
  /** Reasons for fields without a value. */
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

/** A person or channel that must never be used for contact. At least one of person, type and value is given. */
export interface NeverContact {
  /** Never this person. */
  readonly person?: LocalId
  /** Never this kind of channel. */
  readonly type?: Code<'contact-channel'>
  /** Never this number, address or handle. */
  readonly value?: string
  /** Reason. */
  readonly reason?: Text
}

/** An address where somebody lives or stays. */
export interface Address {
  /** People who live or stay there. */
  readonly people?: readonly LocalId[]
  /** What the address is to them. Absent: where they are now. */
  readonly use?: Code<'address-use'>
  /** When it was, is or will be their address. */
  readonly period?: PartialDate
  /** Lines as written on a letter. */
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
  /** Country. */
  readonly country?: Country
  /** How exact the address is. */
  readonly precision?: Code<'address-precision'>
  /** Date of last confirmation. */
  readonly confirmed?: PartialDate
}
