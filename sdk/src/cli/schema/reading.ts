// The output with --json of the verbs that read. docs/guide/rex-desk.md, "Output for programs"
import { choice, type ObjectNode, required } from '../../core/referral/schema/node.ts'
import { referralSchema } from '../../core/referral/schema/referral-schema.ts'
import { EVENT } from '../../service/answers/item.ts'
import { many, one, said } from '../../service/answers/nodes.ts'
import * as A from '../../service/operations/answers.ts'
import { closed } from './closed.ts'

const thread = required(A.THREAD)
const shown = {
  ...A.CURRENT.fields,
  thread,
  tracks: many(closed('ShownTrack', { counterpart: said, view: required(A.VIEW) })),
  events: many(EVENT),
}

/** The output of `show --reveal`. */
export const SHOWN = closed('Shown', { ...shown, masked: required(one({ const: false })) })
/** The output of `show` without `--reveal`: the same sections, but a masked value may be any text. */
export const SHOWN_MASKED = closed('ShownMasked', {
  ...shown,
  masked: required(one({ const: true })),
  referral: required(
    one({
      type: 'object',
      properties: Object.fromEntries(
        Object.keys(referralSchema.properties as object).map((section) => [section, {}]),
      ),
      additionalProperties: false,
    }),
  ),
})

const kind = (of: string) => required(one({ const: of }))
const delivery = (A.VIEW.fields.delivery as unknown as { readonly of: ObjectNode }).of.fields

/** The output of `watch`. */
export const NEWS = [
  closed('EventNews', { kind: kind('event'), thread, event: required(EVENT) }),
  closed('DeliveryNews', { kind: kind('delivery'), thread, ...delivery }),
  closed('AlarmNews', {
    kind: kind('alarm'),
    thread,
    alarm: required(choice('unreceived', 'overdue')),
    counterpart: said,
    step: A.VIEW.fields.nextStep as ObjectNode,
  }),
]
