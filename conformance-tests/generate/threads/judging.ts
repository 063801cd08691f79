// Cases about the structure of events, and about undefined codes. docs/spec/thread.md, REX-THR-004, REX-THR-005
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf } from '../bytes/crypto.ts'
import { message, repeated } from '../bytes/wire.ts'
import { type Happening, saying } from './events.ts'
import { first, last, MALFORMED, UNKNOWN } from './last.ts'
import type { Role } from './story.ts'

const TOO_MUCH = 'refused LIMIT_EXCEEDED'
const astral = (count: number) => '𝒜'.repeat(count)
const questions = (count: number) =>
  repeated(
    1,
    Array.from({ length: count }, (_, i) => message([1, `q${i}`], [3, 'Where? Test traffic.'])),
  )
const group = (length: number, index: number, size: number) =>
  message([1, 'victim-support'], [2, bytesOf('group', length)], [3, index], [4, size])

/** Cases of REX-THR-004 (row 4): name, title, verdict, event. */
const STRUCTURE: readonly (readonly [name: string, title: string, verdict: string, event: Happening])[] = [
  [
    'text_most',
    'A text of 20 000 code points, each of two UTF-16 units.',
    'received',
    saying('note', [1, astral(20_000)]),
  ],
  ['text_above', 'A text of 20 001 code points.', TOO_MUCH, saying('note', [1, 'a'.repeat(20_001)])],
  ['code_capital', 'A code has a capital letter.', MALFORMED, saying('decline', [1, 'No-capacity'])],
  ['code_empty', 'A code is empty.', MALFORMED, saying('decline', [2, 'https://ngo.example'])],
  ['code_two_hyphens', 'A code has two hyphens in a row.', MALFORMED, saying('decline', [1, 'no--capacity'])],
  ['code_65', 'A code has 65 characters.', MALFORMED, saying('decline', [1, 'a'.repeat(65)])],
  [
    'decline_other',
    'A decline with the code other says nothing.',
    MALFORMED,
    saying('decline', [1, 'other']),
  ],
  [
    'decline_other_text',
    'A decline with the code other says why.',
    'received',
    saying('decline', [1, 'other'], [4, 'Closed. Test traffic.']),
  ],
  [
    'alternative',
    'The alternative is no entity identifier.',
    MALFORMED,
    saying('decline', [1, 'no-capacity'], [2, 'ngo.example']),
  ],
  [
    'questions_none',
    'A request has no question.',
    MALFORMED,
    { type: 'request-info', content: questions(0) },
  ],
  [
    'questions_64',
    'A request has 64 questions.',
    'received',
    { type: 'request-info', content: questions(64) },
  ],
  ['questions_65', 'A request has 65 questions.', TOO_MUCH, { type: 'request-info', content: questions(65) }],
  [
    'reference_200',
    'The reference of an accept has 200 code points, each of two UTF-16 units.',
    'received',
    saying('accept', [2, astral(200)]),
  ],
  [
    'reference_201',
    'The reference of an accept has 201 code points.',
    TOO_MUCH,
    saying('accept', [2, 'a'.repeat(201)]),
  ],
  ['time_most', 'The end of the year 9999.', 'received', saying('waitlist', [1, 253_402_300_799_999])],
  [
    'time_above',
    'A millisecond after the end of the year 9999.',
    MALFORMED,
    saying('waitlist', [1, 253_402_300_800_000]),
  ],
]

/** Cases of REX-THR-004 for a refer: name, title, verdict, content. */
const REFERS: readonly (readonly [name: string, title: string, verdict: string, content: Uint8Array])[] = [
  ['group_right', 'The third of three in a group.', 'received', group(16, 3, 3)],
  ['group_15', 'The id of the group has 15 bytes.', MALFORMED, group(15, 1, 2)],
  ['group_index_zero', 'The index in the group is 0.', MALFORMED, group(16, 0, 2)],
  ['group_index_above', 'The index in the group is above its size.', MALFORMED, group(16, 3, 2)],
  ['group_size_1001', 'The group has 1001 referrals.', MALFORMED, group(16, 1, 1001)],
  ['group_without_id', 'A place in a group without its id.', MALFORMED, group(0, 1, 2)],
  [
    'follows_short',
    'It follows a thread whose id has 15 bytes.',
    MALFORMED,
    message([1, 'victim-support'], [6, bytesOf('thread', 15)]),
  ],
  [
    'follows',
    'It follows an earlier thread.',
    'received',
    message([1, 'victim-support'], [6, bytesOf('thread', 16)]),
  ],
]

/** Coded members on which a decision depends (REX-THR-005): earlier transitions, event, path. */
const DECIDING: readonly (readonly [
  name: string,
  path: string,
  role: Role,
  event: Happening,
  before: readonly string[],
])[] = [
  [
    'accept',
    'accept.except[0].code',
    'recipient',
    { type: 'accept', content: repeated(1, [message([1, 'people'], [2, UNKNOWN])]) },
    [],
  ],
  ['decline', 'decline.code', 'recipient', saying('decline', [1, UNKNOWN]), []],
  ['fail', 'fail.code', 'recipient', saying('fail', [1, UNKNOWN]), ['accept']],
  ['complete', 'complete.outcome', 'recipient', saying('complete', [1, UNKNOWN]), ['accept']],
  ['withdraw', 'withdraw.code', 'referrer', saying('withdraw', [1, UNKNOWN]), []],
  ['recall', 'recall.code', 'referrer', saying('recall', [1, UNKNOWN]), []],
  [
    'attestation',
    'recallAttestation.code',
    'recipient',
    saying('recall-attestation', [1, bytesOf('recall')], [2, UNKNOWN]),
    [],
  ],
  ['consent_change', 'consentChange.code', 'recipient', saying('consent-change', [1, UNKNOWN]), []],
  [
    'acknowledgement',
    'consentAcknowledgement.code',
    'recipient',
    saying('consent-acknowledgement', [1, bytesOf('change')], [2, UNKNOWN]),
    [],
  ],
]
const SHOWN: readonly (readonly [name: string, event: Happening, before: readonly string[]])[] = [
  ['progress', saying('progress', [1, UNKNOWN]), ['accept']],
  ['feedback', saying('feedback', [1, UNKNOWN]), ['decline']],
  [
    'item_outcome',
    {
      type: 'progress',
      content: Buffer.concat([
        message([1, 'contact-made']),
        repeated(2, [message([1, 'url-1'], [2, UNKNOWN])]),
      ]),
    },
    ['accept'],
  ],
]

export function judging(): CaseFile[] {
  return [
    ...STRUCTURE.map(([name, title, verdict, event]) =>
      last(`event_${name}`, { title, requirements: ['REX-THR-004'], verdict, event }),
    ),
    ...REFERS.map(([name, title, verdict, bytes]) =>
      first(`refer_${name}`, title, {
        requirements: ['REX-THR-004', 'REX-REF-004'],
        verdict,
        event: { type: 'refer', content: bytes },
      }),
    ),
    ...DECIDING.map(([name, path, role, event, before]) =>
      last(`unknown_${name}`, {
        title: `${path} is unknown, and a decision depends on it.`,
        requirements: ['REX-THR-005', 'REX-RCP-013'],
        verdict: `held ${path}=${UNKNOWN}`,
        role,
        event,
        before,
      }),
    ),
    first('unknown_kind', 'The kind is unknown.', {
      requirements: ['REX-THR-005'],
      verdict: `held refer.kind=${UNKNOWN}`,
      event: saying('refer', [1, UNKNOWN]),
    }),
    ...SHOWN.map(([name, event, before]) =>
      last(`shown_${name}`, {
        title: 'A code is unknown, and no decision depends on it.',
        requirements: ['REX-THR-005'],
        verdict: 'received',
        event,
        before,
      }),
    ),
  ]
}
