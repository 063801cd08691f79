// Describes objects that have exactly the given members. docs/guide/rex-desk.md, "Output for programs"
import { type Node, type ObjectNode, object } from '../../core/referral/schema/node.ts'

/** Members of an object by name. */
export type Fields = Readonly<Record<string, Node & { readonly required?: boolean }>>

/** Describes an object for which the SDK has no type. */
export const closed = (name: string, fields: Fields): ObjectNode => object<object>(name, fields as never)
