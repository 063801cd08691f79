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
  Text,
} from './common.ts'

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
