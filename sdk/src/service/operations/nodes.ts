// The building blocks of answers. docs/guide/service.md
import { checked, flag, integer, type Node, required } from '../../core/referral/schema/node.ts'
import { anything, listOrNone } from '../../core/shape.ts'

const MOST = 1_000_000
export const string = checked<string>((value) => (typeof value === 'string' ? undefined : 'must be text'), {
  type: 'string',
})
export const whole = integer(0, Number.MAX_SAFE_INTEGER)
export const yes = required(flag())
export const said = required(string)
export const at = required(whole)
export const strings = required(listOrNone(string, MOST))
export const many = <V>(of: Node<V>) => required(listOrNone(of, MOST))
export const one = <V>(schema: object) => anything<V>(schema as Readonly<Record<string, unknown>>)
