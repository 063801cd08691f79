// Common building blocks of a referral: codes, ids, dates, texts. docs/spec/referral.md, "Fields"
import type { KnownCode, ListName } from '../codes/codes.ts'

export type { KnownCode } from '../codes/codes.ts'

/**
 * A code of the named list, in kebab-case. Code editors complete the codes that this version supports, but any text is allowed, because
 * codes from newer senders must be kept and shown. `unknownCodes` lists unsupported codes; `Strict` rejects them at compile time.
 */
export type Code<List extends ListName> = KnownCode<List> | (string & Record<never, never>)

/** An id within one referral, such as "child" or "url-17": letters, digits, dot, hyphen, underscore; at most 64. */
export type LocalId = string

/** A date as precise as known, in a subset of EDTF (ISO 8601-2): "2014", "2014-05~", "2014-05-09", "2014/2016-03", "../2016". */
export type PartialDate = string

/** A point in time (RFC 3339) with its zone: "2026-05-09T14:30:00+02:00", seconds optional. */
export type Instant = string

/** A BCP 47 language tag, with the script where it matters: "uk", "ar", "uk-Latn". */
export type Language = string

/** An ISO 3166-1 alpha-2 country code, upper-case. */
export type Country = string

/** Reasons for fields without a value, by field name. A field that has a value must not have a reason. */
export type Absent<Fields extends string> = { readonly [F in Fields]?: Code<'absence'> }

/** Free text with its language. */
export interface Text {
  /** The text as written. @example "No single case." */
  readonly text: string
  /** Language of the text; "und" if not known. @example "en" */
  readonly language: Language
}

/** An administrative area. */
export interface Area {
  /** Code scheme, such as "iso-3166-2" or "ocha-pcode". @example "iso-3166-2" */
  readonly scheme?: string
  /** Code in the scheme. @example "BR-PE" */
  readonly code?: string
  /** Name of the area. @example "Pernambuco" */
  readonly name?: string
}

/** A place of birth or of an incident. */
export interface Place {
  /** Address lines as written on a letter. */
  readonly lines?: readonly string[]
  /** City, town or village. */
  readonly city?: string
  /** District or county. */
  readonly district?: string
  /** Postal code. */
  readonly postalCode?: string
  /** Administrative areas, the largest first. */
  readonly areas?: readonly Area[]
  /** Country. @example "UA" */
  readonly country?: Country
  /** Name of the place, a landmark, or directions. */
  readonly landmark?: Text
}

/** An identifier issued by somebody. */
export interface Identifier {
  /** Type of identifier. @example "case-number" */
  readonly type: Code<'identifier-type'>
  /** Issuer. @example "Hotline Example" */
  readonly issuer?: string
  /** The identifier. @example "TEST-2026-0931" */
  readonly value: string
  /** Name of the identifier, if the type says too little, such as "ICRC reference number". */
  readonly label?: string
  /** Country that issued it. @example "UA" */
  readonly country?: Country
  /** End of validity. @example "2014-05~" */
  readonly validUntil?: PartialDate
  /** Whether somebody has seen the document or checked the identifier. */
  readonly verified?: boolean
}

/** A hash of the material. */
export interface Hash {
  /** Hash algorithm. @example "sha1" */
  readonly type: Code<'hash-type'>
  /** Value in the form that the code list requires, mostly lower-case hexadecimal. @example "da39a3ee5e6b4b0d3255bfef95601890afd80709" */
  readonly value: string
}
