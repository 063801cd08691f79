// Bodies of the operations that send. docs/guide/service.md, "Changes"
import { SEND_FIELDS } from '../../client/api/options.ts'
import type { GroupOptions, SendOptions } from '../../client/api/sending.ts'
import type { Draft } from '../../core/referral/index.ts'
import { checked, object, required } from '../../core/referral/schema/node.ts'
import { anything } from '../../core/shape.ts'

/** The body of a send: a referral, and the send options. */
export type SendBody = Omit<SendOptions, 'key'> & { readonly referral: Draft }
/** The body of a send of a group: the referrals of the siblings, and the group options. */
export type GroupBody = Omit<GroupOptions, 'key'> & { readonly siblings: readonly Partial<Draft>[] }

const { key: _, ...OPTIONS } = SEND_FIELDS
const TO = {
  description: 'An organisation, or several, each with its sections.',
  anyOf: [
    { type: 'string' },
    { $ref: '#/$defs/To' },
    { type: 'array', maxItems: 64, items: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/To' }] } },
  ],
}
const HOW = { ...OPTIONS, to: required(anything<SendOptions['to']>(TO)) }

/** A referral that has not been checked yet, because the desk checks it. */
export const DRAFT = { $ref: '#/$defs/Referral' }
const PARTIAL = { $ref: '#/$defs/PartialReferral' }

export const SEND = object<SendBody>('Send', { referral: required(anything<Draft>(DRAFT)), ...HOW })
const SIBLINGS = checked<readonly Partial<Draft>[]>(
  (value) => (Array.isArray(value) ? undefined : 'must be a list'),
  { type: 'array', items: PARTIAL },
)
export const GROUP = object<GroupBody>('SendGroup', {
  siblings: required(SIBLINGS),
  shared: anything<Partial<Draft>>(PARTIAL),
  ...HOW,
})
