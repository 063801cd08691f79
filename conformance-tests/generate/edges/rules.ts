// Cases about events and handling rules: every member and every contradiction. docs/spec/thread.md, REX-THR-004, 007, 031;
// docs/spec/referral.md, REX-REF-081
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf } from '../bytes/crypto.ts'
import { field, message, repeated, utf8 } from '../bytes/wire.ts'
import { type EventName, type Happening, happening, saying } from '../threads/events.ts'
import { first, type Last, last, MALFORMED, UNKNOWN } from '../threads/last.ts'
import { CONTENT, type GivenSection, type Role, SECTIONS } from '../threads/story.ts'

const TOO_MUCH = 'refused LIMIT_EXCEEDED'
const INVALID = 'refused INVALID_EVENT'
const REFUSED = 'refused HANDLING_REFUSED'
const SPOILT = 'Spoilt-code'
const texts = (number: number, count: number) =>
  repeated(
    number,
    Array.from({ length: count }, (_, i) => utf8(`p${i}`)),
  )
const both = (...parts: readonly Uint8Array[]) => Buffer.concat(parts)
const of = (type: EventName, content: Uint8Array): Happening => ({ type, content })

type Row = readonly [title: string, verdict: string, event: Happening, more?: Partial<Last>]

const STRUCTURE: Readonly<Record<string, Row>> = {
  code_accept: [
    'The code of an exception has a capital letter.',
    MALFORMED,
    of('accept', repeated(1, [message([1, 'people'], [2, SPOILT])])),
  ],
  code_fail: [
    'The code of a fail has a capital letter.',
    MALFORMED,
    saying('fail', [1, SPOILT]),
    { before: ['accept'] },
  ],
  code_progress: [
    'The code of a progress has a capital letter.',
    MALFORMED,
    saying('progress', [1, SPOILT]),
    { before: ['accept'] },
  ],
  code_complete: [
    'The outcome has a capital letter.',
    MALFORMED,
    saying('complete', [1, SPOILT]),
    { before: ['accept'] },
  ],
  code_withdraw: [
    'The code of a withdrawal has a capital letter.',
    MALFORMED,
    saying('withdraw', [1, SPOILT]),
    { role: 'referrer' },
  ],
  code_recall: [
    'The code of a recall has a capital letter.',
    MALFORMED,
    saying('recall', [1, SPOILT]),
    { role: 'referrer' },
  ],
  code_attestation: [
    'The code of an attestation has a capital letter.',
    MALFORMED,
    saying('recall-attestation', [1, bytesOf('recall')], [2, SPOILT]),
  ],
  code_change: [
    'The code of a change of consent has a capital letter.',
    MALFORMED,
    saying('consent-change', [1, SPOILT]),
  ],
  code_acknowledgement: [
    'The code of an acknowledgement has a capital letter.',
    MALFORMED,
    saying('consent-acknowledgement', [1, bytesOf('change')], [2, SPOILT]),
  ],
  code_feedback: [
    'The code of a feedback has a capital letter.',
    MALFORMED,
    saying('feedback', [1, SPOILT]),
    { before: ['decline'] },
  ],
  code_item: [
    'The outcome of an item has a capital letter.',
    MALFORMED,
    of('progress', both(message([1, 'contact-made']), repeated(2, [message([1, 'url-1'], [2, SPOILT])]))),
    { before: ['accept'] },
  ],
  code_64: [
    'A code has 64 characters, and no decision depends on it.',
    'received',
    saying('progress', [1, 'a'.repeat(64)]),
    {
      before: ['accept'],
    },
  ],
  code_digits: [
    'A code begins with a digit.',
    'received',
    saying('progress', [1, '2nd-visit']),
    { before: ['accept'] },
  ],
  code_hyphen_first: ['A code begins with a hyphen.', MALFORMED, saying('decline', [1, '-no'])],
  code_hyphen_last: ['A code ends with a hyphen.', MALFORMED, saying('decline', [1, 'no-'])],
  code_underscore: ['A code has an underscore.', MALFORMED, saying('decline', [1, 'no_capacity'])],
  code_not_ascii: ['A code has a letter that is not of ASCII.', MALFORMED, saying('decline', [1, 'né'])],
  code_other_digits: ['A code has an Arabic digit.', MALFORMED, saying('decline', [1, 'no-١'])],
  code_line: ['A line end follows a code.', MALFORMED, saying('decline', [1, 'no-capacity\n'])],
  fail_alternative: [
    'The alternative of a fail is no entity identifier.',
    MALFORMED,
    saying('fail', [1, 'unreachable'], [2, 'ngo.example']),
    { before: ['accept'] },
  ],
  fail_other: [
    'A fail with the code other says nothing.',
    MALFORMED,
    saying('fail', [1, 'other']),
    { before: ['accept'] },
  ],
  fail_other_text: [
    'A fail with the code other says why.',
    'received',
    saying('fail', [1, 'other'], [4, 'Closed. Test traffic.']),
    { before: ['accept'] },
  ],
  alternative_right: [
    'The alternative is an entity identifier.',
    'received',
    saying('decline', [1, 'no-capacity'], [2, 'https://police.example']),
  ],
  retry_above: [
    'A time to try again is after the year 9999.',
    MALFORMED,
    saying('decline', [1, 'no-capacity'], [3, 253_402_300_800_000]),
  ],
  needed_above: [
    'A time by which an answer is needed is after the year 9999.',
    MALFORMED,
    of(
      'request-info',
      both(repeated(1, [message([1, 'q1'], [3, 'Where?'])]), field([2, 253_402_300_800_000])),
    ),
  ],
  question_long: [
    'The text of a question has 20 001 code points.',
    TOO_MUCH,
    of('request-info', repeated(1, [message([1, 'q1'], [3, 'a'.repeat(20_001)])])),
  ],
  people_10000: [
    'A change of consent names 10 000 people.',
    'received',
    of('consent-change', both(message([1, 'withdrawn']), texts(2, 10_000))),
  ],
  people_10001: [
    'A change of consent names 10 001 people.',
    TOO_MUCH,
    of('consent-change', both(message([1, 'withdrawn']), texts(2, 10_001))),
  ],
  messages_10001: [
    'A recall names 10 001 messages.',
    TOO_MUCH,
    of(
      'recall',
      both(message([1, 'sent-in-error']), repeated(2, Array(10_001).fill(bytesOf('m').subarray(0, 4)))),
    ),
    { role: 'referrer' },
  ],
}

const GROUPS: readonly (readonly [name: string, verdict: string, id: number, index: number, size: number])[] =
  [
    ['1000', 'received', 16, 1000, 1000],
    ['1', 'received', 16, 1, 1],
    ['id_17', MALFORMED, 17, 1, 2],
    ['id_alone', MALFORMED, 16, 0, 0],
    ['size_none', MALFORMED, 16, 1, 0],
    ['size_alone', MALFORMED, 0, 0, 2],
    ['index_alone', MALFORMED, 0, 1, 0],
  ]

/** Handling rules by name: verdict, bytes of `Handling`, further section types. */
const HANDLING: Readonly<
  Record<string, readonly [verdict: string, rules: Uint8Array, ...sections: string[]]>
> = {
  red_onward: [REFUSED, rules('red', { onward: 'allowed' })],
  red_ask: ['received', rules('red', { onward: 'ask-first' })],
  red_not_allowed: ['received', rules('red', { onward: 'not-allowed' })],
  red_onward_to: [REFUSED, rules('red', { onwardTo: 'https://police.example' })],
  strict_onward: [REFUSED, rules('amber-strict', { onward: 'allowed' })],
  strict_onward_to: [REFUSED, rules('amber-strict', { onwardTo: 'https://police.example' })],
  amber_onward: ['received', rules('amber', { onward: 'allowed' })],
  amber_onward_to: ['received', rules('amber', { onwardTo: 'https://police.example' })],
  not_allowed_to: [REFUSED, rules('amber', { onward: 'not-allowed', onwardTo: 'https://police.example' })],
  red_direct: [REFUSED, rules('red', { actions: ['externally-visible-direct'] })],
  red_indirect: [REFUSED, rules('red', { actions: ['externally-visible-indirect'] })],
  red_internal: ['received', rules('red', { actions: ['internally-visible'] })],
  strict_direct: ['received', rules('amber-strict', { actions: ['externally-visible-direct'] })],
  red_must: [REFUSED, rules('red', { attribution: 'must' })],
  red_may: ['received', rules('red', { attribution: 'may' })],
  amber_must: ['received', rules('amber', { attribution: 'must' })],
  none_alone: ['received', rules('amber', { actions: ['none'] })],
  none_first: [REFUSED, rules('amber', { actions: ['none', 'internally-visible'] })],
  none_last: [REFUSED, rules('amber', { actions: ['internally-visible', 'none'] })],
  green_contact: [REFUSED, rules('green', {}), 'contact'],
  clear_people: [REFUSED, rules('clear', {}), 'people'],
  clear_contact: [REFUSED, rules('clear', {}), 'contact'],
  green_alone: ['received', rules('green', {})],
  amber_people: ['received', rules('amber', {}), 'people'],
  expired: ['received', rules('amber', { expires: '2020-01-01T00:00:00Z' })],
  unknown_action: [
    'held handling.permittedActions[1]=from-the-future',
    rules('amber', { actions: ['internally-visible', UNKNOWN] }),
  ],
  unknown_onward: ['held handling.onward=from-the-future', rules('amber', { onward: UNKNOWN })],
  unknown_attribution: [
    'held handling.attribution=from-the-future',
    rules('amber', { attribution: UNKNOWN }),
  ],
  unknown_notification: [
    'held handling.notification=from-the-future',
    rules('amber', { notification: UNKNOWN }),
  ],
}

function rules(
  tlp: string,
  said: {
    readonly actions?: readonly string[]
    readonly onward?: string
    readonly onwardTo?: string
    readonly attribution?: string
    readonly notification?: string
    readonly expires?: string
  },
): Uint8Array {
  return both(
    message([1, tlp]),
    repeated(2, (said.actions ?? []).map(utf8)),
    message([4, said.onward ?? '']),
    repeated(5, said.onwardTo === undefined ? [] : [utf8(said.onwardTo)]),
    message([6, said.attribution ?? ''], [7, said.notification ?? ''], [8, said.expires ?? '']),
  )
}

const CHILD = both(message([1, 'child']), repeated(2, [utf8('principal-child')]))
const FURTHER: Readonly<Record<string, Uint8Array>> = {
  people: both(message([1, 'people'], [2, 1]), repeated(8, [CHILD])),
  contact: both(
    message([1, 'contact'], [2, 1]),
    field([9, message([4, message([1, 'Call first.'], [2, 'en'])])]),
  ),
}

const section = (index: number, type: string, content: Uint8Array): GivenSection => ({ index, type, content })
const [TRIAGE] = SECTIONS as [GivenSection]

function handling(): CaseFile[] {
  return Object.entries(HANDLING).map(([name, [verdict, bytes, ...types]]) => {
    const rule = section(1, 'handling', both(message([1, 'handling'], [2, 1]), field([4, bytes])))
    const further = types.map((type, i) => section(2 + i, type, FURTHER[type] as Uint8Array))
    return first(`handling_${name}`, `Handling rules: ${name.replaceAll('_', ' ')}.`, {
      requirements: ['REX-REF-080', 'REX-REF-081', 'REX-REF-082', 'REX-REF-083'],
      verdict,
      saying: { sections: [TRIAGE, rule, ...further] },
    })
  })
}

/** Events whose messages have no sections of the referral (REX-THR-007), with a state in which they are allowed. */
const BARE: readonly (readonly [event: string, role: Role, before: readonly string[]])[] = [
  ['accept', 'recipient', []],
  ['decline', 'recipient', []],
  ['request-info', 'recipient', []],
  ['waitlist', 'recipient', []],
  ['progress', 'recipient', ['accept']],
  ['complete', 'recipient', ['accept']],
  ['complete-partly', 'recipient', ['accept']],
  ['fail', 'recipient', ['accept']],
  ['withdraw', 'referrer', []],
  ['recall', 'referrer', []],
  ['recall-attestation', 'recipient', []],
  ['consent-change', 'referrer', []],
  ['consent-acknowledgement', 'recipient', []],
  ['note', 'referrer', []],
  ['feedback', 'recipient', ['decline']],
  ['resumed', 'recipient', []],
  ['entered-in-error', 'referrer', []],
]

/** States, the events that lead to them, and whether messages in that state may contain staged sections (REX-THR-031). */
const STATES: readonly (readonly [
  state: string,
  before: readonly string[],
  any: 'granted' | 'all' | 'none',
])[] = [
  ['requested', [], 'granted'],
  ['info_requested', ['request-info'], 'granted'],
  ['waitlisted', ['waitlist'], 'granted'],
  ['accepted', ['accept'], 'all'],
  ['in_progress', ['accept', 'progress'], 'all'],
  ['completed', ['accept', 'complete'], 'none'],
  ['partly_completed', ['accept', 'complete-partly'], 'none'],
  ['failed', ['accept', 'fail'], 'none'],
  ['declined', ['decline'], 'none'],
  ['consent_withdrawn', ['consent-withdrawn'], 'none'],
]

function sections(): CaseFile[] {
  const narrative = section(0, 'narrative', CONTENT.narrative)
  const bare = BARE.map(([event, role, before]) =>
    last(`sections_with_${event.replaceAll('-', '_')}`, {
      title: `The ${role} sends a section with ${event}.`,
      requirements: ['REX-THR-007', 'REX-THR-024'],
      verdict: INVALID,
      role,
      event: happening(event),
      before,
      saying: { sections: [event === 'accept' ? { ...TRIAGE, index: 0 } : narrative] },
    }),
  )
  const given = STATES.flatMap(([state, before, which]) =>
    (['provide-info', 'correct'] as const).flatMap((event) =>
      (['triage', 'narrative'] as const).map((type) => {
        const isAllowed = which === 'all' || (which === 'granted' && type === 'triage')
        return last(`sections_${event.replace('-', '_')}_in_${state}_${type}`, {
          title: `In state ${state.replace('_', ' ')} the referrer sends ${type} with ${event}.`,
          requirements: ['REX-THR-031', 'REX-THR-024'],
          verdict: isAllowed ? 'received' : INVALID,
          role: 'referrer',
          event: happening(event),
          before,
          saying: { sections: [section(0, type, type === 'triage' ? TRIAGE.content : CONTENT.narrative)] },
        })
      }),
    ),
  )
  const mixed = last('sections_correct_granted_and_staged', {
    title: 'Before the accept, a correct has a section that the refer granted, and one that it did not.',
    requirements: ['REX-THR-031'],
    verdict: INVALID,
    role: 'referrer',
    event: happening('correct'),
    saying: { sections: [TRIAGE, { ...narrative, index: 1 }] },
  })
  const owner = (event: EventName) =>
    last(`sections_handling_by_referrer_${event.replace('-', '_')}`, {
      title: `The referrer sends handling rules with ${event} after the accept.`,
      requirements: ['REX-THR-031'],
      verdict: 'received',
      role: 'referrer',
      event: happening(event),
      before: ['accept'],
      saying: { sections: [section(0, 'handling', CONTENT.handling)] },
    })
  return [...bare, ...given, mixed, owner('provide-info'), owner('correct')]
}

export function ruleEdges(): CaseFile[] {
  const structure = Object.entries(STRUCTURE).map(([name, [title, verdict, event, more]]) =>
    last(`edge_event_${name}`, { title, requirements: ['REX-THR-004'], verdict, event, ...more }),
  )
  const groups = GROUPS.map(([name, verdict, id, index, size]) =>
    first(`refer_group_edge_${name}`, `A group with an id of ${id} bytes, place ${index} of ${size}.`, {
      requirements: ['REX-THR-004'],
      verdict,
      event: of('refer', message([1, 'victim-support'], [2, bytesOf('group', id)], [3, index], [4, size])),
    }),
  )
  const follows = first('refer_follows_long', 'It follows a thread whose id has 17 bytes.', {
    requirements: ['REX-THR-004'],
    verdict: MALFORMED,
    event: of('refer', message([1, 'victim-support'], [6, bytesOf('thread', 17)])),
  })
  const decide = first('refer_decide_above', 'A decision is asked for after the year 9999.', {
    requirements: ['REX-THR-004'],
    verdict: MALFORMED,
    event: of('refer', message([1, 'victim-support'], [5, 253_402_300_800_000])),
  })
  return [...structure, ...groups, follows, decide, ...handling(), ...sections()]
}
