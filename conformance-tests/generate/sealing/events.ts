// Events to seal: each type, and each member that identifies somebody alone. docs/spec/thread.md, REX-THR-003
import { type Field, field, message } from '../bytes/wire.ts'
import { CONTENTS, type EventName, happening, TYPES } from '../threads/events.ts'
import type { Plan } from './plan.ts'

const TEXT = 'Fictional. Test traffic.'
const outcome = message([1, 'i1'], [2, 'done'])
/** For each type of event, the numbers of its members that identify somebody, with a value. */
const MEMBERS: Readonly<Partial<Record<EventName, Readonly<Record<string, Field>>>>> = {
  accept: { except: [1, message([1, 'p1'], [2, 'no-capacity'])], reference: [2, 'R-1'], text: [3, TEXT] },
  decline: { text: [4, TEXT] },
  waitlist: { text: [3, TEXT] },
  progress: { item_outcomes: [2, outcome], text: [4, TEXT] },
  complete: { item_outcomes: [3, outcome], text: [4, TEXT] },
  fail: { item_outcomes: [3, outcome], text: [4, TEXT] },
  withdraw: { text: [2, TEXT] },
  recall: { text: [3, TEXT] },
  'recall-attestation': { text: [3, TEXT] },
  'consent-acknowledgement': { text: [3, TEXT] },
  'consent-change': { text: [4, TEXT] },
  correct: { text: [1, TEXT] },
  feedback: { item_outcomes: [2, outcome], text: [3, TEXT] },
  'entered-in-error': { text: [1, TEXT] },
}

/** Contents that identify nobody, where those of `CONTENTS` do. */
const WITHOUT: Readonly<Partial<Record<EventName, Uint8Array>>> = {
  'consent-change': happening('consent-withdrawn').content,
}
/** Types of events whose content in `CONTENTS` identifies somebody. */
const IDENTIFYING = new Set<EventName>(['request-info', 'provide-info', 'consent-change', 'note'])
const REQUIREMENTS = ['REX-ENV-015', 'REX-THR-003']
const ALONE = { requirements: REQUIREMENTS, sections: [], recipients: [{ to: 'ngo' }] } as const
const named = (text: string) => text.replaceAll(/[- ]/g, '_')

const types = Object.keys(TYPES).filter((type) => type !== 'refer') as EventName[]
const plain = types.map((type): [string, Plan] => {
  const isIdentifying = IDENTIFYING.has(type)
  const where = isIdentifying ? 'in a section' : 'in the manifest'
  const title = `An event of type ${type}, which travels ${where}.`
  return [`event_${named(type)}`, { ...ALONE, title, event: happening(type), isIdentifying }]
})
const identifying = types.flatMap((type) =>
  Object.entries(MEMBERS[type] ?? {}).map(([member, added]): [string, Plan] => {
    const content = Buffer.concat([WITHOUT[type] ?? CONTENTS[type], field(added)])
    const title = `An event of type ${type} with ${member} alone, which travels in a section.`
    return [
      `event_${named(type)}_with_${member}`,
      { ...ALONE, title, event: { type, content }, isIdentifying: true },
    ]
  }),
)

/** Messages to seal, by name. */
export const EVENTS: Readonly<Record<string, Plan>> = Object.fromEntries([
  ...plain,
  ...identifying,
  [
    'event_consent_withdrawn',
    {
      ...ALONE,
      title: 'A consent that is withdrawn as a whole, which travels in the manifest.',
      event: happening('consent-withdrawn'),
      isIdentifying: false,
    },
  ],
])
