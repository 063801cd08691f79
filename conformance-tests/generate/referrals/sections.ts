// Cases of single sections, as a receiver checks them. docs/spec/referral.md, REX-REF-023, REX-REF-030, REX-REF-031
import type { CaseFile } from '../../suite/case.ts'
import { base64url, field, message, repeated, utf8 } from '../bytes/wire.ts'
import { HARMLESS, MEDIA } from './media.ts'

const head = (id: string, version = 1) => message([1, id], [2, version])
const triage = (...parts: readonly Uint8Array[]) =>
  Buffer.concat([head('triage'), field([3, Buffer.concat(parts)])])
const person = (id: string, ...more: readonly Uint8Array[]) =>
  Buffer.concat([message([1, id]), repeated(2, [utf8('witness')]), ...more])
const people = (...list: readonly Uint8Array[]) => Buffer.concat([head('people'), repeated(8, list)])
const absent = (...fields: readonly string[]) =>
  repeated(
    13,
    fields.map((name) => message([1, name], [2, 'unknown'])),
  )
const narrative = (text: string) =>
  Buffer.concat([head('narrative'), repeated(14, [message([1, text], [2, 'en'])])])
const extension = (section: string) =>
  Buffer.concat([
    message([1, 'https://ngo.example'], [2, 1], [3, section], [4, 'key']),
    repeated(6, [message([1, 'Key'], [2, 'en'])]),
    field([7, message([4, true])]),
    message([8, 'informative']),
  ])
const PNG = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1').toString('base64')
const RISK = message([8, 'high'])
const KEPT = ['REX-REF-060', 'REX-REF-031']

type Row = readonly [
  name: string,
  title: string,
  type: string,
  content: Uint8Array,
  requirements: readonly string[],
  refused?: readonly [reason: string, path?: string],
]

const INVALID = 'INVALID_REFERRAL'

const ROWS: readonly Row[] = [
  ['triage', 'A triage with a risk.', 'triage', triage(RISK), ['REX-REF-030']],
  ['triage_empty', 'A triage that says nothing.', 'triage', triage(), ['REX-REF-030']],
  [
    'children_zero',
    'The number of children is 0, and said.',
    'triage',
    triage(field([3, 0])),
    ['REX-ENC-001', 'REX-REF-030'],
  ],
  ['unknown_code', 'A code that nobody knows is kept.', 'triage', triage(message([8, 'extreme'])), KEPT],
  [
    'version_most',
    'Version 4096.',
    'triage',
    Buffer.concat([head('triage', 4096), field([3, RISK])]),
    ['REX-REF-023'],
  ],
  [
    'version_zero',
    'Version 0.',
    'triage',
    Buffer.concat([head('triage', 0), field([3, RISK])]),
    ['REX-REF-023'],
    [INVALID, 'triage.version'],
  ],
  [
    'version_above',
    'Version 4097.',
    'triage',
    Buffer.concat([head('triage', 4097), field([3, RISK])]),
    ['REX-REF-023'],
    [INVALID, 'triage.version'],
  ],
  [
    'id_missing',
    'It has no id.',
    'triage',
    Buffer.concat([message([2, 1]), field([3, RISK])]),
    ['REX-REF-023'],
    [INVALID, 'triage.id'],
  ],
  [
    'version_of_33_bits',
    'Its version is 1 in the lower 32 of 33 bits.',
    'triage',
    Buffer.concat([head('triage', 2 ** 32 + 1), field([3, RISK])]),
    ['REX-ENC-001'],
    ['MALFORMED or NOT_CANONICAL'],
  ],
  [
    'id_long',
    'Its id has 65 characters.',
    'triage',
    Buffer.concat([head('a'.repeat(65)), field([3, RISK])]),
    ['REX-REF-023'],
    [INVALID, 'triage.id'],
  ],
  [
    'code_long',
    'A code has 65 characters.',
    'triage',
    triage(message([8, 'a'.repeat(65)])),
    ['REX-REF-043'],
    [INVALID, 'triage.risk'],
  ],
  [
    'id_form',
    'Its id begins with a hyphen.',
    'triage',
    Buffer.concat([head('-triage'), field([3, RISK])]),
    ['REX-REF-023'],
    [INVALID, 'triage.id'],
  ],
  [
    'code_form',
    'A code has a capital letter.',
    'triage',
    triage(message([8, 'High'])),
    ['REX-REF-043'],
    [INVALID, 'triage.risk'],
  ],
  [
    'field_order',
    'Its fields are out of order.',
    'triage',
    Buffer.concat([message([2, 1]), message([1, 'triage']), field([3, RISK])]),
    ['REX-ENC-001'],
    ['NOT_CANONICAL'],
  ],
  [
    'default_written',
    'An empty text is written.',
    'triage',
    triage(field([1, '']), RISK),
    ['REX-ENC-001'],
    ['NOT_CANONICAL'],
  ],
  [
    'absent',
    'Reasons for two fields, ascending.',
    'triage',
    triage(absent('ageBand', 'gender')),
    ['REX-REF-030', 'REX-REF-047'],
  ],
  [
    'absent_descending',
    'Reasons for two fields, descending.',
    'triage',
    triage(absent('gender', 'ageBand')),
    ['REX-REF-030'],
    ['NOT_CANONICAL'],
  ],
  [
    'absent_twice',
    'Two reasons for one field.',
    'triage',
    triage(absent('gender', 'gender')),
    ['REX-REF-030'],
    ['NOT_CANONICAL'],
  ],
  [
    'absent_and_value',
    'A reason for a field that has a value.',
    'triage',
    triage(RISK, absent('risk')),
    ['REX-REF-047'],
    [INVALID, 'triage.absent.risk'],
  ],
  [
    'other_field',
    'A triage that holds handling rules.',
    'triage',
    Buffer.concat([triage(RISK), field([4, message([1, 'amber'])])]),
    ['REX-REF-020'],
    [INVALID, 'handling'],
  ],
  ['people', 'Two people.', 'people', people(person('a'), person('b')), ['REX-REF-030']],
  [
    'people_twice',
    'Two people with the same id.',
    'people',
    people(person('a'), person('a')),
    ['REX-REF-045', 'REX-REF-031'],
    [INVALID, 'people[1].id'],
  ],
  [
    'people_dangling',
    'A relationship to a person who is in another section.',
    'people',
    people(person('a', repeated(14, [message([1, 'parent-of'], [2, 'b'])]))),
    ['REX-REF-045'],
  ],
  [
    'date',
    'A date of birth that does not exist.',
    'people',
    people(person('a', message([5, '2014-02-30']))),
    ['REX-REF-046'],
    [INVALID, 'people[0].dateOfBirth'],
  ],
  [
    'zero_byte',
    'A text with U+0000.',
    'narrative',
    narrative('a\u0000b'),
    ['REX-REF-041'],
    [INVALID, 'narrative[0].text'],
  ],
  [
    'text_most',
    'A text of 20 000 code points, each of two UTF-16 units.',
    'narrative',
    narrative('𝒜'.repeat(20_000)),
    ['REX-ENC-031'],
  ],
  [
    'text_above',
    'A text of 20 001 code points.',
    'narrative',
    narrative('a'.repeat(20_001)),
    ['REX-ENC-031'],
    [INVALID, 'narrative[0].text'],
  ],
  [
    'image',
    'A text that holds an image in base64.',
    'narrative',
    narrative(`See ${PNG}`),
    ['REX-REF-070'],
    ['CONTENT_REFUSED', 'narrative[0].text'],
  ],
  [
    'extension',
    'An extension that names this section.',
    'triage',
    Buffer.concat([triage(RISK), repeated(15, [extension('triage')])]),
    ['REX-REF-025'],
  ],
  [
    'extension_of_other',
    'An extension that names another section.',
    'triage',
    Buffer.concat([triage(RISK), repeated(15, [extension('people')])]),
    ['REX-REF-025'],
    [INVALID, 'extensions[0].section'],
  ],
  [
    'not_utf8',
    'A text that is not UTF-8.',
    'narrative',
    Buffer.concat([
      head('narrative'),
      repeated(14, [Buffer.concat([field([1, Uint8Array.of(0xff)]), message([2, 'en'])])]),
    ]),
    ['REX-ENC-001'],
    ['MALFORMED or NOT_CANONICAL'],
  ],
  [
    'surrogate',
    'A text has an encoded surrogate, which is no UTF-8.',
    'narrative',
    Buffer.concat([
      head('narrative'),
      repeated(14, [Buffer.concat([field([1, Uint8Array.of(0xed, 0xa0, 0x80)]), message([2, 'en'])])]),
    ]),
    ['REX-ENC-001'],
    ['MALFORMED or NOT_CANONICAL'],
  ],
]

function media(): CaseFile[] {
  const requirements = ['REX-REF-070', 'REX-REF-071', 'REX-REF-072']
  const row = (name: string, title: string, text: string, refused?: readonly [string, string]): Row => {
    const said = [name, `${title}.`, 'narrative', narrative(text), requirements] as const
    return refused === undefined ? said : [...said, refused]
  }
  return [
    ...Object.entries(MEDIA).map(([name, [title, text]]) =>
      row(`media_${name}`, title, text, ['CONTENT_REFUSED', 'narrative[0].text']),
    ),
    ...Object.entries(HARMLESS).map(([name, [title, text]]) => row(`harmless_${name}`, title, text)),
  ].map(caseOf)
}

export function sections(): CaseFile[] {
  return [...ROWS.map(caseOf), ...media()]
}

function caseOf([name, title, type, content, requirements, refused]: Row): CaseFile {
  return {
    name: `section_content_${name}`,
    title,
    requirements,
    features: [],
    operation: 'check-section',
    input: { type, content: base64url(content) },
    expect:
      refused === undefined
        ? { accepted: {} }
        : {
            refused: {
              reason: refused[0].split(' or '),
              ...(refused[1] !== undefined && { path: refused[1] }),
            },
          },
  }
}
