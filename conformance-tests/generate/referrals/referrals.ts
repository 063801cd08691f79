// Cases of referrals as JSON, each with one fault in one field. docs/spec/referral.md, "Validation"
import type { CaseFile } from '../../suite/case.ts'
import type { FieldRow, Kind, ObjectTable } from './fields.ts'
import { Objects } from './objects.ts'
import { SAMPLES, textOf } from './samples.ts'

type Json = Readonly<Record<string, unknown>>

/** Makes the case of a referral. `path`: path of the refused part. Undefined: the referral is accepted. */
function referral(
  name: string,
  title: string,
  {
    text,
    path,
    reason = 'INVALID_REFERRAL',
    requirements = [],
  }: { text: string; path?: string | undefined; reason?: string; requirements?: readonly string[] },
): CaseFile {
  const refused = { reason: [reason], ...(path !== '' && { path: path ?? '' }) }
  return {
    name: `referral_${name}`.replaceAll('-', '_').toLowerCase(),
    title,
    requirements: ['REX-REF-050', ...(path ? ['REX-REF-051'] : []), ...requirements],
    features: [],
    operation: 'check-referral',
    input: { referral: text },
    expect: path === undefined ? { accepted: {} } : { refused },
  }
}

const snake = (text: string) => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** A faulty value of a field. `name`: part of the name of the case. `what`: predicate for its title. `within`: path of the refused part below the field, such as `[0]`; absent if the field itself is refused. */
interface Fault {
  readonly name: string
  readonly what: string
  readonly value: unknown
  readonly within?: string
  readonly requirements?: readonly string[]
}

/** Returns the faults that a value of a kind can have: of type, of limits and of form. */
function faultsOf(kind: Kind, objects: Objects): Fault[] {
  switch (kind.is) {
    case 'text': {
      const above = textOf(kind.format, kind.most + 1)
      const long =
        above === undefined
          ? []
          : [
              {
                name: 'long',
                what: `has ${kind.most + 1} characters`,
                value: above,
                requirements: ['REX-ENC-031'],
              },
            ]
      const dangling = {
        name: 'dangling',
        what: 'names an id that is not there',
        value: 'nobody',
        requirements: ['REX-REF-045'],
      }
      return [
        { name: 'type', what: 'is a number', value: 7 },
        ...long,
        ...(kind.refersTo === undefined ? [] : [dangling]),
      ]
    }
    case 'code':
      return [
        {
          name: 'unknown',
          what: 'is a code that is not in its list',
          value: 'from-the-future',
          requirements: ['REX-REF-053'],
        },
      ]
    case 'choice':
      return [{ name: 'other', what: 'is none of its values', value: 'other' }]
    case 'flag':
      return [{ name: 'type', what: 'is a text', value: 'true' }]
    case 'number':
      return [
        { name: 'above', what: 'is above its range', value: kind.to + 1, requirements: ['REX-REF-044'] },
        { name: 'below', what: 'is below its range', value: kind.from - 1, requirements: ['REX-REF-044'] },
      ]
    case 'object':
      return [{ name: 'type', what: 'is a list', value: [objects.example(kind)] }]
    case 'reasons':
      return [
        { name: 'empty', what: 'is empty', value: {}, requirements: ['REX-REF-048'] },
        {
          name: 'other',
          what: 'names a field that it may not name',
          value: { id: 'unknown' },
          within: '.id',
          requirements: ['REX-REF-047'],
        },
        {
          name: 'code',
          what: 'has an unknown reason',
          value: { [kind.fields.at(-1) as string]: 'from-the-future' },
          within: `.${kind.fields.at(-1)}`,
          requirements: ['REX-REF-047'],
        },
      ]
    case 'list':
      return faultsOfList(kind, objects)
  }
}

function faultsOfList({ most, of }: Extract<Kind, { is: 'list' }>, objects: Objects): Fault[] {
  const example = objects.example(of)
  const long = { name: 'long', what: `has ${most + 1} entries`, value: Array(most + 1).fill(example) }
  const entry = faultsOf(of, objects)
    .slice(0, 1)
    .map((fault) => ({
      ...fault,
      name: `entry_${fault.name}`,
      what: `has an entry that ${fault.what}`,
      value: [fault.value],
      within: `[0]${fault.within ?? ''}`,
    }))
  return [
    { name: 'empty', what: 'is an empty list', value: [], requirements: ['REX-REF-048'] },
    { name: 'type', what: 'is no list', value: example },
    // Skip lists with a higher limit, because their files would be megabytes in size.
    ...(most <= 64 ? [long] : []),
    ...entry,
  ]
}

function ofField(object: ObjectTable, { name, must, kind }: FieldRow, objects: Objects): CaseFile[] {
  const where = objects.placeOf(object.name)
  const label = `${snake(object.name).slice(1)}_${snake(name)}`
  const path = [where.path, name].filter(Boolean).join('.')
  const change = (value: unknown) =>
    JSON.stringify(where.put({ ...withoutRivals(where.value, object, name), [name]: value }))
  const faults = faultsOf(kind, objects).map((fault) =>
    referral(`${label}_${fault.name}`, `${path} ${fault.what}.`, {
      text: change(fault.value),
      path: `${path}${fault.within ?? ''}`,
      // Numbers that a reader would have to round are not permitted (REX-ENC-032), so such a fault is refused as malformed JSON.
      ...(typeof fault.value === 'number' &&
        !Number.isSafeInteger(fault.value) && { path: '', reason: 'MALFORMED' }),
      requirements: fault.requirements ?? [],
    }),
  )
  if (!must) return faults
  const missing = JSON.stringify(where.put({ ...where.value, [name]: undefined }))
  return [...faults, referral(`${label}_missing`, `${path} is missing.`, { text: missing, path })]
}

/** If `name` is one of the members of which exactly one may be present, removes all these members from the object. */
function withoutRivals(value: Json, { exactly, oneOf }: ObjectTable, name: string): Json {
  if (!exactly || !oneOf.includes(name)) return value
  return Object.fromEntries(Object.entries(value).filter(([member]) => !oneOf.includes(member)))
}

function ofObject(object: ObjectTable, objects: Objects): CaseFile[] {
  const where = objects.placeOf(object.name)
  const label = snake(object.name).slice(1)
  const put = (value: Json) => JSON.stringify(where.put(value))
  const strange = [where.path, 'colour'].filter(Boolean).join('.')
  const none = Object.fromEntries(
    Object.entries(where.value).filter(([member]) => !object.oneOf.includes(member)),
  )
  const reasons = object.fields.find(({ kind }) => kind.is === 'reasons')
  const given =
    reasons &&
    object.fields.find(
      ({ name }) => name !== 'absent' && reasons.kind.is === 'reasons' && reasons.kind.fields.includes(name),
    )
  return [
    referral(
      `${label}_all`,
      `${where.path || 'The referral'} has all its fields, the texts at their greatest length.`,
      {
        text: put({ ...where.value, ...objects.full(object) }),
        requirements: ['REX-ENC-031'],
      },
    ),
    referral(`${label}_strange`, `${where.path || 'The referral'} has a member that nobody knows.`, {
      text: put({ ...where.value, colour: 'blue' }),
      path: strange,
    }),
    ...(object.oneOf.length === 0
      ? []
      : [
          referral(`${label}_none`, `${where.path} has none of ${object.oneOf.join(', ')}.`, {
            text: put(none),
            path: where.path,
          }),
        ]),
    ...(object.exactly
      ? [
          referral(`${label}_two`, `${where.path} has two of ${object.oneOf.join(', ')}.`, {
            text: put({ ...where.value, text: objects.example({ is: 'object', type: 'Text' }), flag: true }),
            path: where.path,
          }),
        ]
      : []),
    ...(given === undefined
      ? []
      : [
          referral(`${label}_reason_and_value`, `${where.path} has a value and a reason for having none.`, {
            text: put({
              ...where.value,
              [given.name]: objects.example(given.kind),
              absent: { [given.name]: 'unknown' },
            }),
            path: `${where.path}.absent.${given.name}`,
            requirements: ['REX-REF-047'],
          }),
        ]),
  ]
}

/** The object and field with which cases test each text format. */
const HOLDERS: Readonly<Record<string, readonly [object: string, field: string]>> = {
  prose: ['Text', 'text'],
  name: ['Person', 'organisation'],
  line: ['Identifier', 'value'],
  'local-id': ['Person', 'id'],
  code: ['ExtensionValue', 'code'],
  language: ['Text', 'language'],
  country: ['Triage', 'country'],
  'partial-date': ['Triage', 'neededBy'],
  instant: ['Handling', 'expires'],
  clock: ['TimeWindow', 'from'],
  zone: ['TimeWindow', 'zone'],
  'group-id': ['Group', 'id'],
  url: ['Item', 'url'],
  organisation: ['Extension', 'owner'],
  decimal: ['ExtensionValue', 'decimal'],
  'network-address': ['NetworkEvent', 'address'],
}

function formats(objects: Objects): CaseFile[] {
  return Object.entries(SAMPLES).flatMap(([format, { right, wrong }]) => {
    const { object, field } = objects.holderOf(format, HOLDERS[format])
    const where = objects.placeOf(object.name)
    const path = [where.path, field].join('.')
    const text = (value: string) =>
      JSON.stringify(where.put({ ...withoutRivals(where.value, object, field), [field]: value }))
    const requirements = [
      'REX-REF-043',
      ...(/date|instant/.test(format) ? ['REX-REF-046'] : []),
      ...(format === 'line' ? ['REX-REF-042'] : []),
    ]
    return [
      ...right.map((value, i) =>
        referral(`format_${format}_right_${i}`, `A text of the format ${format}: ${JSON.stringify(value)}.`, {
          text: text(value),
          requirements,
        }),
      ),
      ...wrong.map((value, i) =>
        referral(
          `format_${format}_wrong_${i}`,
          `No text of the format ${format}: ${JSON.stringify(value)}.`,
          {
            text: text(value),
            path,
            // Every JSON reader must refuse a lone surrogate, because it is not valid text.
            ...(/[\ud800-\udfff]/.test(value) && { path: '', reason: 'MALFORMED' }),
            requirements,
          },
        ),
      ),
    ]
  })
}

/** Makes cases with faults of the JSON itself, and of ids in the whole referral. */
function whole(objects: Objects): CaseFile[] {
  const base = JSON.stringify(objects.base())
  const inTriage = (member: string) => base.replace('"triage":{', `"triage":{${member}`)
  const json = (name: string, title: string, text: string, reason = 'MALFORMED') =>
    referral(`json_${name}`, title, { text, path: '', reason, requirements: ['REX-ENC-032'] })
  const person = { id: 'p1', roles: ['witness'] }
  const ids = (name: string, title: string, more: object, path: string) =>
    referral(`ids_${name}`, title, {
      text: JSON.stringify({ ...objects.base(), ...more }),
      path,
      requirements: ['REX-REF-045'],
    })
  return [
    referral('base', 'The smallest referral.', { text: base }),
    referral('json_byte_order_mark', 'It begins with a byte order mark.', {
      text: `\ufeff${base}`,
      requirements: ['REX-ENC-030'],
    }),
    json('twice', 'A name occurs twice.', base.replace('{', '{"kind":"advisory",')),
    json(
      'escaped_twice',
      'A name occurs twice, once with an escape.',
      base.replace('{', '{"k\\u0069nd":"advisory",'),
    ),
    json('proto', 'A name is __proto__.', base.replace('{', '{"__proto__":{},')),
    json('float', 'A number is written with a point.', inTriage('"children":1.0')),
    json('minus_zero', 'A number is negative zero.', inTriage('"children":-0')),
    json('exponent', 'A number has an exponent.', inTriage('"children":1e1')),
    json('surrogate', 'A text has a lone surrogate.', inTriage('"country":"\\ud800"')),
    json('trailing', 'Something follows the object.', `${base} {}`),
    json('comma', 'A comma too many.', base.replace(/\}$/, ',}')),
    json(
      'deep',
      'It nests 65 levels deep.',
      base.replace(/\}$/, `,"x":${'['.repeat(64)}${']'.repeat(64)}}`),
      'LIMIT_EXCEEDED',
    ),
    referral('constructor', 'A member is named constructor.', {
      text: base.replace('{', '{"constructor":{},'),
      path: 'constructor',
      requirements: ['REX-REF-052'],
    }),
    ids('twice', 'Two people have the same id.', { people: [person, person] }, 'people[1].id'),
    ids(
      'twice_across',
      'A person and an account have the same id.',
      { people: [person], accounts: [{ id: 'p1', service: 'chat', handle: 'x' }] },
      'accounts[0].id',
    ),
  ]
}

/** Makes cases with values that are right in another place. */
function misplaced(objects: Objects): CaseFile[] {
  const put = (name: string, more: object, path: string, requirements: readonly string[]) =>
    referral(name, `A value is not of its field: ${path}.`, {
      text: JSON.stringify({ ...objects.base(), ...more }),
      path,
      requirements,
    })
  const own = {
    owner: 'https://ngo.example',
    version: 1,
    section: 'triage',
    key: 'k',
    criticality: 'informative',
  }
  const extension = { ...own, labels: [{ text: 'Key', language: 'en' }], value: { flag: true } }
  const extensions = [{ ...extension, section: 'event' }]
  const PNG = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1').toString('base64')
  const account = { id: 'a1', service: 'chat', handle: 'x' }
  const consent = { legalBasis: 'consent', person: 'a1' }
  return [
    put('ids_other_kind', { accounts: [account], consents: [consent] }, 'consents[0].person', [
      'REX-REF-045',
    ]),
    put('flag_number', { test: 1 }, 'test', ['REX-REF-050']),
    put('choice_capital', { lane: 'Urgent' }, 'lane', ['REX-REF-050']),
    put('code_capital', { kind: 'Victim-support' }, 'kind', ['REX-REF-053']),
    put('null_needed', { kind: null }, 'kind', ['REX-REF-050']),
    put('null_optional', { triage: { risk: null } }, 'triage.risk', ['REX-REF-050']),
    put('true_number', { triage: { children: true } }, 'triage.children', ['REX-REF-044']),
    put('extension_of_event', { extensions }, 'extensions[0].section', ['REX-REF-025']),
    referral('extension_image', 'An extension holds an image in base64.', {
      text: JSON.stringify({
        ...objects.base(),
        extensions: [{ ...extension, value: { text: { text: PNG, language: 'en' } } }],
      }),
      path: 'extensions[0].value.text.text',
      reason: 'CONTENT_REFUSED',
      requirements: ['REX-REF-070', 'REX-REF-025'],
    }),
  ]
}

export function referrals(): CaseFile[] {
  const objects = new Objects()
  return [
    ...whole(objects),
    ...misplaced(objects),
    ...formats(objects),
    ...objects
      .all()
      .flatMap((object) => [
        ...ofObject(object, objects),
        ...object.fields.flatMap((field) => ofField(object, field, objects)),
      ]),
  ]
}
