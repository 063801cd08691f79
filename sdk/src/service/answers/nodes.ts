// Building blocks for descriptions of answers. docs/guide/service.md
import { checked, flag, integer, type Node, required } from '../../core/referral/schema/node.ts'
import { anything, listOrNone } from '../../core/shape.ts'

const MOST = 1_000_000
/** Any text. */
export const string = checked<string>((value) => (typeof value === 'string' ? undefined : 'must be text'), {
  type: 'string',
})
/** A whole number from 0. */
export const whole = integer(0, Number.MAX_SAFE_INTEGER)
/** A Boolean that is always present. */
export const yes = required(flag())
/** A text that is always present. */
export const said = required(string)
/** A number, or a time in Unix milliseconds, that is always present. */
export const at = required(whole)
/** A list of texts, which may be empty. */
export const strings = required(listOrNone(string, MOST))
/** A list that is always present and may be empty. */
export const many = <V>(of: Node<V>) => required(listOrNone(of, MOST))
/** A value with this JSON Schema. */
export const one = <V>(schema: object) => anything<V>(schema as Readonly<Record<string, unknown>>)
