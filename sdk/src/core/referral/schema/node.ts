// The building blocks of the schema: one description that yields validator, JSON Schema and codec. docs/spec/referral.md

import type { ListName } from '../lists.ts'
import type { FormatName } from './format.ts'

/** Describes a value of type V; the compiler keeps descriptions and types equal. */
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

interface TextNode {
  readonly kind: 'text'
  readonly format: FormatName
  /** Most characters (code points). */
  readonly max: number
  /** The text is the id of something else in the referral. */
  readonly refersTo?: Target
}

/** What an id stands for: a person, an account, or any entry that has an id. */
export type Target = 'person' | 'account' | 'entry'

interface CodeNode {
  readonly kind: 'code'
  readonly list: ListName
}

interface ChoiceNode {
  readonly kind: 'choice'
  readonly values: readonly string[]
}

interface FlagNode {
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
  /** Most entries. */
  readonly max: number
  /** An empty list says the same as none. Default: false, it is left out instead. */
  readonly mayBeEmpty?: boolean
}

/** A value of programs that no referral has, such as a function: judged by a check of its own. */
export interface CheckedNode {
  readonly kind: 'checked'
  /** What is wrong, "must be …". Undefined: nothing. */
  readonly fault: (value: unknown) => string | undefined
}

interface AbsentNode {
  readonly kind: 'absent'
  /** Fields of the same object that may be absent for a reason. */
  readonly fields: readonly string[]
}

/** An object: exactly these fields. */
export interface ObjectNode {
  readonly kind: 'object'
  /** Name of the type. */
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

/** A text in a format of at most `max` characters. */
export const text = (format: FormatName, max: number): TextNode & { readonly describes?: string } => ({
  kind: 'text',
  format,
  max,
})

/** The id of something else in the referral. */
export const idOf = (refersTo: Target): TextNode & { readonly describes?: string } => ({
  ...text('local-id', 64),
  refersTo,
})

/** A code of a list. */
export const code = (list: ListName): CodeNode & { readonly describes?: string } => ({ kind: 'code', list })

/** One of a few words that never grow in this protocol version. */
export const choice = <V extends string>(...values: V[]): ChoiceNode & { readonly describes?: V } => ({
  kind: 'choice',
  values,
})

/** Yes or no. */
export const flag = (): FlagNode & { readonly describes?: boolean } => ({ kind: 'flag' })

/** A whole number. */
export const integer = (min: number, max: number): IntegerNode & { readonly describes?: number } => ({
  kind: 'integer',
  min,
  max,
})

/** A value that a check of its own judges; `fault` says what is wrong, "must be …". */
export const checked = <V>(
  fault: (value: unknown) => string | undefined,
): CheckedNode & { readonly describes?: V } => ({ kind: 'checked', fault })

/** 1 to `max` entries. */
export const list = <V>(of: Node<V>, max: number): ListNode & { readonly describes?: readonly V[] } => ({
  kind: 'list',
  of,
  max,
})

/** Absence reasons for some fields of the object. */
export const absent = <F extends string>(
  ...fields: F[]
): AbsentNode & { readonly describes?: { readonly [K in F]?: string } } => ({ kind: 'absent', fields })

/** An object with exactly the fields of T. */
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
