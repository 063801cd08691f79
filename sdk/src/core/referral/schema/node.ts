// The building blocks of descriptions of values, which the validator, the JSON Schema and the codec use. docs/spec/referral.md

import type { ListName } from '../codes/codes.ts'
import type { FormatName } from '../formats.ts'
import type { Code } from '../types/common.ts'

/** A description of a value of type V. The compiler checks that descriptions and types agree. */
export type Node<V = unknown> = AnyNode & { readonly describes?: V }

type AnyNode =
  | TextNode
  | CodeNode
  | ChoiceNode
  | FlagNode
  | IntegerNode
  | ListNode
  | AbsentNode
  | ObjectNode
  | CheckedNode

export interface TextNode {
  readonly kind: 'text'
  readonly format: FormatName
  /** Maximum length of the text in characters (code points). */
  readonly max: number
  /** The kind of entry to which the text refers, if the text is an id of another part of the referral. */
  readonly refersTo?: Target
}

/** Target of a reference: a person, an account, an item, or any entry that has an id. */
export type Target = 'person' | 'account' | 'item' | 'entry'

export interface CodeNode {
  readonly kind: 'code'
  readonly list: ListName
}

export interface ChoiceNode {
  readonly kind: 'choice'
  readonly values: readonly string[]
}

export interface FlagNode {
  readonly kind: 'flag'
}

export interface IntegerNode {
  readonly kind: 'integer'
  readonly min: number
  readonly max: number
}

export interface ListNode {
  readonly kind: 'list'
  readonly of: Node
  /** Maximum number of entries. */
  readonly max: number
  /** Whether an empty list is allowed; it means the same as an absent list. Default: false, so the field must be omitted instead. */
  readonly mayBeEmpty?: boolean
}

/** A value that occurs only in programs and never in a referral, such as a function. `fault` checks it. */
export interface CheckedNode {
  readonly kind: 'checked'
  /** Describes the fault of a value, "must be …". Undefined if the value is right. */
  readonly fault: (value: unknown) => string | undefined
  /** The same rule in JSON Schema, as far as JSON Schema can express it. Default: any value. */
  readonly schema?: Readonly<Record<string, unknown>>
}

interface AbsentNode {
  readonly kind: 'absent'
  /** Names of the fields of the same object for which a reason for absence may be given. */
  readonly fields: readonly string[]
}

/** An object with exactly these fields. */
export interface ObjectNode {
  readonly kind: 'object'
  /** Name of the object's type. */
  readonly name: string
  readonly fields: Readonly<Record<string, Node & { readonly required?: boolean }>>
  readonly rule?: Rule
}

/** A rule about which fields of an object are present. */
export type Rule = { readonly atLeastOne: readonly string[] } | { readonly exactlyOne: readonly string[] }

type Fields<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
    ? Node<Exclude<T[K], undefined>> & { readonly required?: never }
    : Node<T[K]> & { readonly required: true }
}

/** Describes a text with this format and at most `max` characters. */
export const text = (format: FormatName, max: number): TextNode & { readonly describes?: string } => ({
  kind: 'text',
  format,
  max,
})

/** Describes a reference to the id of another part of the referral. */
export const idOf = (refersTo: Target): TextNode & { readonly describes?: string } => ({
  ...text('local-id', 64),
  refersTo,
})

/** Describes a code of a list. */
export const code = <List extends ListName>(list: List): CodeNode & { readonly describes?: Code<List> } => ({
  kind: 'code',
  list,
})

/** Describes one of a few values that are fixed for this protocol version. */
export const choice = <V extends string>(...values: V[]): ChoiceNode & { readonly describes?: V } => ({
  kind: 'choice',
  values,
})

/** Describes a Boolean. */
export const flag = (): FlagNode & { readonly describes?: boolean } => ({ kind: 'flag' })

/** Describes a whole number. */
export const integer = (min: number, max: number): IntegerNode & { readonly describes?: number } => ({
  kind: 'integer',
  min,
  max,
})

/** Describes a value with its own check. `fault` returns the fault ("must be …"); `schema` is the JSON Schema of the value. */
export const checked = <V>(
  fault: (value: unknown) => string | undefined,
  schema: CheckedNode['schema'] = {},
): CheckedNode & { readonly describes?: V } => ({ kind: 'checked', fault, schema })

/** Describes a list of 1 to `max` entries. */
export const list = <V>(of: Node<V>, max: number): ListNode & { readonly describes?: readonly V[] } => ({
  kind: 'list',
  of,
  max,
})

/** Describes absence reasons for some fields of the object. */
export const absent = <F extends string>(
  ...fields: F[]
): AbsentNode & { readonly describes?: { readonly [K in F]?: Code<'absence'> } } => ({
  kind: 'absent',
  fields,
})

/** Describes an object with exactly the fields of T. */
export const object = <T>(
  name: string,
  fields: Fields<T>,
  rule?: Rule,
): ObjectNode & { readonly describes?: T } => ({
  kind: 'object',
  name,
  fields: fields as unknown as ObjectNode['fields'],
  ...(rule && { rule }),
})

/** Marks a field that must be present. */
export const required = <N extends Node>(node: N): N & { readonly required: true } => ({
  ...node,
  required: true,
})
