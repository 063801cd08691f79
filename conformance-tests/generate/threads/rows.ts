// Cases for the remaining rows of the table by which a desk judges messages, and for the precedence of the rows.
// docs/spec/thread.md, "Taking in"
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf } from '../bytes/crypto.ts'
import { message, repeated, utf8 } from '../bytes/wire.ts'
import { DAY, NOW, police } from '../party.ts'
import { type EventName, happening, saying } from './events.ts'
import { first, type Last, last, MALFORMED, UNKNOWN } from './last.ts'
import { CONTENT, type GivenSection, type Role, SECTIONS, STAGED } from './story.ts'

const PNG = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1').toString('base64')

/** Makes cases of rows 5 to 11 of the table. */
function rows(): CaseFile[] {
  const note = happening('note')
  const row = (name: string, title: string, verdict: string, more: Partial<Last>) =>
    last(`row_${name}`, { title, requirements: [], verdict, event: note, ...more })
  return [
    row('image', 'A text holds an image in base64.', 'refused CONTENT_REFUSED', {
      event: saying('note', [1, `See ${PNG}`]),
      requirements: ['REX-REF-070'],
    }),
    row('third_party', 'A third organisation sends an event.', 'refused PEER_MISMATCH', {
      saying: { sender: police },
      requirements: ['REX-THR-001'],
    }),
    row('not_test', 'An event is no test traffic, its refer is.', 'refused POLICY_REFUSED', {
      saying: { test: false },
      requirements: ['REX-THR-006', 'REX-ENV-019'],
    }),
    row(
      'disclose_other',
      'A disclose carries another section than the one committed to.',
      'refused INVALID_EVENT',
      {
        role: 'referrer',
        event: happening('disclose'),
        before: ['accept'],
        saying: { sections: [{ ...STAGED, index: 0, type: 'triage' }] },
        requirements: ['REX-THR-030'],
      },
    ),
    row('disclose_surplus', 'A disclose names no section and carries one.', 'refused INVALID_EVENT', {
      role: 'referrer',
      event: { type: 'disclose', content: new Uint8Array() },
      before: ['accept'],
      saying: { sections: [{ ...STAGED, index: 0 }] },
      requirements: ['REX-THR-030'],
    }),
    row('disclose_none', 'A disclose names a section and carries none.', 'refused INVALID_EVENT', {
      role: 'referrer',
      event: happening('disclose'),
      before: ['accept'],
      requirements: ['REX-THR-030'],
    }),
    row(
      'disclose_index',
      'A disclose names a section that the refer did not commit to.',
      'refused INVALID_EVENT',
      {
        role: 'referrer',
        event: { type: 'disclose', content: message([1, Uint8Array.of(9)]) },
        before: ['accept'],
        saying: { sections: [{ ...STAGED, index: 0 }] },
        requirements: ['REX-THR-030'],
      },
    ),
    row('event_in_section', 'A note is in a section.', 'received', {
      saying: { inSection: true },
      requirements: ['REX-ENV-015'],
    }),
    row('unknown_digest', 'An answer names a request that nobody made.', 'received', {
      role: 'referrer',
      event: happening('provide-info'),
      requirements: ['REX-THR-008'],
    }),
  ]
}

/** Makes cases of messages with two faults: the row that comes first decides. */
function precedence(): CaseFile[] {
  const row = (
    name: string,
    title: string,
    verdict: string,
    more: Omit<Last, 'title' | 'requirements' | 'verdict'>,
  ) => last(`row_${name}`, { title, requirements: [], verdict, ...more })
  return [
    row(
      'policy_before_transition',
      'An event is neither of the same traffic nor allowed.',
      'refused POLICY_REFUSED',
      {
        event: happening('complete'),
        saying: { test: false },
      },
    ),
    row('structure_before_sender', 'A third organisation sends an event of wrong structure.', MALFORMED, {
      event: saying('decline', [1, 'x--y']),
      saying: { sender: police },
    }),
    row(
      'third_party_not_test',
      'A third organisation sends what is no test traffic.',
      'refused PEER_MISMATCH',
      { event: happening('note'), saying: { sender: police, test: false } },
    ),
    row('second_refer_not_test', 'A second refer is no test traffic.', 'refused POLICY_REFUSED', {
      role: 'referrer',
      event: happening('refer'),
      saying: { test: false, heads: [] },
    }),
    row('structure_before_image', 'An event of wrong structure holds an image.', MALFORMED, {
      event: saying('decline', [1, 'x--y'], [4, `See ${PNG}`]),
    }),
    row(
      'code_before_transition',
      'An event with an unknown code is not allowed in this state.',
      `held complete.outcome=${UNKNOWN}`,
      {
        event: saying('complete', [1, UNKNOWN]),
      },
    ),
  ]
}

/**
 * Makes cases of three kinds: messages that would be held for two reasons, blank texts, and sections that are
 * disclosed in another order.
 */
function held(): CaseFile[] {
  const row = (
    name: string,
    title: string,
    verdict: string,
    more: Omit<Last, 'title' | 'requirements' | 'verdict'>,
  ) => last(`row_${name}`, { title, requirements: [], verdict, ...more })
  const unknown = saying('decline', [1, UNKNOWN])
  const nobody = [bytesOf('nobody sent it')]
  return [
    row('code_before_fork', 'A message has an unknown code and a counter in use.', UNKNOWN_DECLINE, {
      event: unknown,
      before: ['accept'],
      saying: { counter: 0 },
    }),
    row('code_before_gap', 'A message has an unknown code and an unknown head.', UNKNOWN_DECLINE, {
      event: unknown,
      saying: { heads: nobody },
    }),
    row('fork_before_gap', 'A message has a counter in use and an unknown head.', 'held fork', {
      event: happening('note'),
      before: ['accept'],
      saying: { counter: 0, heads: nobody },
    }),
    row('other_blank', 'The text of the code other is a space, which is not empty.', 'received', {
      event: saying('decline', [1, 'other'], [4, ' ']),
      saying: { inSection: true },
    }),
    row('disclose_order', 'A disclose names its sections in another order.', 'refused INVALID_EVENT', {
      role: 'referrer',
      event: { type: 'disclose', content: message([1, Uint8Array.of(2, 1)]) },
      before: ['accept'],
      saying: { sections: [section(0, 'handling', CONTENT.handling), { ...STAGED, index: 1 }] },
    }),
  ]
}

const UNKNOWN_DECLINE = `held decline.code=${UNKNOWN}`
const section = (index: number, type: string, content: Uint8Array): GivenSection => ({ index, type, content })
const [TRIAGE, HANDLING] = SECTIONS as [GivenSection, GivenSection]
const risky = message([1, 'triage'], [2, 1], [3, message([1, '6-12'], [8, 'extreme'])])
const abuse = message(
  [1, 'triage'],
  [2, 1],
  [3, Buffer.concat([message([1, '6-12']), repeated(10, [utf8('hypnosis')])])],
)

/** Cases about the sections of a refer: name, title, verdict, sections. */
const GIVEN: readonly (readonly [
  name: string,
  title: string,
  verdict: string,
  requirements: readonly string[],
  sections: readonly GivenSection[],
])[] = [
  ['right', 'A refer with triage and handling.', 'received', ['REX-REF-022', 'REX-REF-010'], SECTIONS],
  [
    'no_triage',
    'A refer without triage.',
    'refused INVALID_REFERRAL',
    ['REX-REF-022'],
    [section(0, 'handling', HANDLING.content)],
  ],
  [
    'triage_second',
    'The triage is the second section.',
    'refused INVALID_REFERRAL',
    ['REX-REF-022'],
    [section(0, 'handling', HANDLING.content), section(1, 'triage', TRIAGE.content)],
  ],
  [
    'triage_twice',
    'A refer with two triages.',
    'refused INVALID_REFERRAL',
    ['REX-REF-022'],
    [
      TRIAGE,
      section(1, 'triage', message([1, 'triage'], [2, 2], [3, message([8, 'high'])])),
      section(2, 'handling', HANDLING.content),
    ],
  ],
  [
    'triage_withheld',
    'The first section given is the third of the message.',
    'refused INVALID_REFERRAL',
    ['REX-REF-022'],
    [section(2, 'triage', TRIAGE.content), section(3, 'handling', HANDLING.content)],
  ],
  [
    'neither',
    'A refer without triage and handling rules.',
    'refused INVALID_REFERRAL',
    ['REX-REF-022', 'REX-REF-080'],
    [section(0, 'own-section', utf8('anything'))],
  ],
  [
    'second_contradiction',
    'The second of two sections with handling rules contradicts itself.',
    'refused HANDLING_REFUSED',
    ['REX-REF-081'],
    [
      ...SECTIONS,
      section(2, 'handling', message([1, 'handling'], [2, 2], [4, message([1, 'red'], [4, 'allowed'])])),
    ],
  ],
  [
    'type_before_code',
    'A section has an unknown code, and a later one is of an unknown type, which is named.',
    `held section.type=${UNKNOWN}`,
    ['REX-REF-060'],
    [section(0, 'triage', risky), HANDLING, section(2, UNKNOWN, utf8('anything'))],
  ],
  ['no_handling', 'A refer without handling rules.', 'refused HANDLING_REFUSED', ['REX-REF-080'], [TRIAGE]],
  [
    'contradiction',
    'Handling rules that contradict each other.',
    'refused HANDLING_REFUSED',
    ['REX-REF-081'],
    [
      TRIAGE,
      section(1, 'handling', message([1, 'handling'], [2, 1], [4, message([1, 'red'], [4, 'allowed'])])),
    ],
  ],
  [
    'people_under_green',
    'People under the label green.',
    'refused HANDLING_REFUSED',
    ['REX-REF-082'],
    [
      TRIAGE,
      section(1, 'handling', message([1, 'handling'], [2, 1], [4, message([1, 'green'])])),
      section(
        2,
        'people',
        Buffer.concat([
          message([1, 'people'], [2, 1]),
          repeated(8, [Buffer.concat([message([1, 'child']), repeated(2, [utf8('principal-child')])])]),
        ]),
      ),
    ],
  ],
  [
    'not_canonical',
    'The triage has its version before its id.',
    'refused NOT_CANONICAL',
    ['REX-REF-031'],
    [
      section(
        0,
        'triage',
        Buffer.concat([message([2, 1]), message([1, 'triage'], [3, message([8, 'high'])])]),
      ),
      HANDLING,
    ],
  ],
  [
    'field_of_other',
    'The triage holds handling rules.',
    'refused INVALID_REFERRAL',
    ['REX-REF-020'],
    [section(0, 'triage', Buffer.concat([TRIAGE.content, message([4, message([1, 'amber'])])])), HANDLING],
  ],
  [
    'unknown_risk',
    'A code of the list risk is unknown.',
    'held triage.risk=extreme',
    ['REX-REF-060'],
    [section(0, 'triage', risky), HANDLING],
  ],
  [
    'unknown_abuse',
    'A code of the list abuse is unknown, on which no decision depends.',
    'received',
    ['REX-REF-060'],
    [section(0, 'triage', abuse), HANDLING],
  ],
  [
    'unknown_section',
    'A section is of a type that nobody knows.',
    `held section.type=${UNKNOWN}`,
    ['REX-REF-060'],
    [...SECTIONS, section(2, UNKNOWN, utf8('anything'))],
  ],
  [
    'unknown_label',
    'The label of the Traffic Light Protocol is unknown.',
    'held handling.tlp=violet',
    ['REX-REF-083', 'REX-REF-060'],
    [TRIAGE, section(1, 'handling', message([1, 'handling'], [2, 1], [4, message([1, 'violet'])]))],
  ],
]

/** Cases about sections of later events (REX-THR-007, 031): name, earlier transitions, role, event, sections, verdict. */
const LATER: readonly (readonly [
  name: string,
  role: Role,
  event: EventName,
  type: string,
  before: readonly string[],
  verdict: string,
])[] = [
  ['provide_granted', 'referrer', 'provide-info', 'triage', ['request-info'], 'received'],
  ['provide_staged', 'referrer', 'provide-info', 'narrative', ['request-info'], 'refused INVALID_EVENT'],
  ['provide_accepted', 'referrer', 'provide-info', 'narrative', ['accept'], 'received'],
  ['correct_granted', 'referrer', 'correct', 'handling', [], 'received'],
  ['correct_staged', 'referrer', 'correct', 'narrative', [], 'refused INVALID_EVENT'],
  ['correct_ended', 'referrer', 'correct', 'triage', ['decline'], 'refused INVALID_EVENT'],
  ['correct_handling', 'recipient', 'correct', 'handling', ['accept'], 'refused INVALID_EVENT'],
  ['correct_by_recipient', 'recipient', 'correct', 'narrative', ['accept'], 'received'],
  ['note_with_section', 'recipient', 'note', 'narrative', ['accept'], 'refused INVALID_EVENT'],
]

export function rowCases(): CaseFile[] {
  const content = (type: string) =>
    ({ triage: CONTENT.triage, handling: CONTENT.handling })[type] ?? CONTENT.narrative
  return [
    ...rows(),
    ...precedence(),
    ...held(),
    first('row_event_code_first', 'Both the event and a section have an unknown code.', {
      requirements: ['REX-THR-005', 'REX-REF-060'],
      verdict: `held refer.kind=${UNKNOWN}`,
      event: saying('refer', [1, UNKNOWN], [5, NOW + DAY]),
      saying: { sections: [section(0, 'triage', risky), HANDLING] },
    }),
    ...GIVEN.map(([name, title, verdict, requirements, sections]) =>
      first(`refer_sections_${name}`, title, { requirements, verdict, saying: { sections } }),
    ),
    ...LATER.map(([name, role, event, type, before, verdict]) =>
      last(`sections_${name}`, {
        title: `The ${role} sends ${type} with ${event}${before.length > 0 ? ` after ${before.join(', ')}` : ''}: ${verdict}.`,
        requirements: ['REX-THR-007', 'REX-THR-031'],
        verdict,
        role,
        event: happening(event),
        before,
        saying: { sections: [section(0, type, content(type))] },
      }),
    ),
  ]
}
