// The single description of a referral's fields, limits and code lists. docs/spec/referral.md, "Fields"

import type * as T from '../types.ts'
import {
  absent,
  choice,
  code,
  flag,
  idOf,
  integer,
  list,
  type ObjectNode,
  object,
  required,
  text,
} from './node.ts'

const ID = text('local-id', 64)
const PERSON_ID = idOf('person')
const ACCOUNT_ID = idOf('account')
const ENTRY_ID = idOf('entry')
const LINE = text('line', 200)
const NAME = text('name', 200)
const LANGUAGE = text('language', 35)
const COUNTRY = text('country', 2)
const DATE = text('partial-date', 80)
const INSTANT = text('instant', 40)
const URL = text('url', 4096)
const FEW = 16
const SOME = 64
const MANY = 1024

/** Maximum items of a referral. */
const ITEMS = 5000

const TEXT = object<T.Text>('Text', {
  text: required(text('prose', 20_000)),
  language: required(LANGUAGE),
})

const AREA = object<T.Area>('Area', {
  scheme: required(text('line', 64)),
  code: required(text('line', 64)),
  name: NAME,
})

const IDENTIFIER = object<T.Identifier>('Identifier', {
  type: required(code('identifier-type')),
  issuer: NAME,
  value: required(LINE),
})

const HASH = object<T.Hash>('Hash', {
  type: required(code('hash-type')),
  value: required(text('line', 4096)),
})

const TRIAGE = object<T.Triage>('Triage', {
  ageBand: code('age-band'),
  gender: code('gender'),
  children: integer(0, 1_000_000),
  country: COUNTRY,
  area: AREA,
  languages: list(LANGUAGE, FEW),
  interpreter: flag(),
  risk: code('risk'),
  services: list(code('service'), FEW),
  abuse: list(code('abuse'), FEW),
  urgency: object<T.Urgency>('Urgency', {
    reason: required(code('urgency-reason')),
    due: INSTANT,
    note: TEXT,
  }),
  note: TEXT,
  absent: absent('ageBand', 'gender', 'children', 'country', 'area', 'languages', 'interpreter', 'risk'),
})

const HANDLING = object<T.Handling>('Handling', {
  tlp: required(code('tlp')),
  permittedActions: list(code('permitted-action'), FEW),
  purposes: list(code('purpose'), FEW),
  onward: code('onward-sharing'),
  onwardTo: list(text('organisation', 255), SOME),
  attribution: code('attribution'),
  notification: code('notification'),
  expires: INSTANT,
  conditions: TEXT,
})

const CONSENT = object<T.Consent>('Consent', {
  person: PERSON_ID,
  legalBasis: required(code('legal-basis')),
  givenBy: PERSON_ID,
  subject: code('interview-subject'),
  givenOn: DATE,
  assent: flag(),
  services: flag(),
  disclosure: flag(),
  reporting: flag(),
  tracing: flag(),
  unhcrExport: flag(),
  shareWith: list(code('consent-sharing'), FEW),
  withheld: TEXT,
  withholdingReason: code('withholding-reason'),
  purposes: list(code('purpose'), FEW),
  limits: TEXT,
  expires: INSTANT,
  overridden: TEXT,
  absent: absent('givenBy', 'givenOn', 'assent', 'services', 'disclosure', 'reporting', 'tracing'),
})

const QUESTION = object<T.Question>('Question', {
  id: required(ID),
  text: required(TEXT),
  about: list(ENTRY_ID, SOME),
})

const ADVISORY = object<T.Advisory>('Advisory', {
  title: required(TEXT),
  topics: list(code('advisory-topic'), FEW),
  description: required(list(TEXT, FEW)),
  guidance: list(TEXT, FEW),
  validUntil: INSTANT,
})

const PERSON = object<T.Person>('Person', {
  id: required(ID),
  roles: required(list(code('person-role'), FEW)),
  names: list(
    object<T.Name>('Name', {
      kind: required(code('name-kind')),
      full: required(NAME),
      parts: list(
        object<T.NamePart>('NamePart', { kind: required(code('name-part')), text: required(NAME) }),
        FEW,
      ),
      language: LANGUAGE,
    }),
    FEW,
  ),
  identifiers: list(IDENTIFIER, FEW),
  dateOfBirth: DATE,
  age: object<T.Age>(
    'Age',
    {
      value: integer(0, 150),
      min: integer(0, 150),
      max: integer(0, 150),
      unit: code('age-unit'),
      basis: required(code('age-basis')),
      asOf: DATE,
    },
    { atLeastOne: ['value', 'min', 'max'] },
  ),
  gender: code('gender'),
  genderStated: TEXT,
  nationalities: list(COUNTRY, FEW),
  stateless: flag(),
  languages: list(LANGUAGE, FEW),
  interpreter: flag(),
  needs: list(code('need'), FEW),
  relationships: list(
    object<T.Relationship>('Relationship', {
      type: required(code('relationship')),
      to: required(PERSON_ID),
      note: TEXT,
    }),
    SOME,
  ),
  organisation: NAME,
  notes: list(TEXT, FEW),
  absent: absent(
    'names',
    'identifiers',
    'dateOfBirth',
    'age',
    'gender',
    'nationalities',
    'stateless',
    'languages',
    'interpreter',
    'needs',
    'relationships',
  ),
})

const CHANNEL = object<T.Channel>('Channel', {
  person: required(PERSON_ID),
  type: required(code('contact-channel')),
  value: required(LINE),
  device: code('device'),
  owner: PERSON_ID,
  answeredBy: list(PERSON_ID, FEW),
  safeTimes: list(
    object<T.SafeTime>('SafeTime', {
      days: list(code('weekday'), 7),
      from: required(text('clock', 5)),
      until: required(text('clock', 5)),
      zone: required(text('zone', 64)),
    }),
    FEW,
  ),
  voicemail: flag(),
  messages: flag(),
  rules: list(code('contact-rule'), FEW),
  say: TEXT,
  confirmed: DATE,
  absent: absent('device', 'owner', 'answeredBy', 'safeTimes', 'voicemail', 'messages', 'say', 'confirmed'),
})

const CONTACT = object<T.Contact>('Contact', {
  channels: list(CHANNEL, SOME),
  addresses: list(
    object<T.Address>('Address', {
      people: list(PERSON_ID, SOME),
      lines: list(NAME, FEW),
      landmark: TEXT,
      areas: list(AREA, FEW),
      country: COUNTRY,
      precision: code('address-precision'),
      confirmed: DATE,
    }),
    FEW,
  ),
  never: list(
    object<T.NeverContact>(
      'NeverContact',
      { person: PERSON_ID, type: code('contact-channel'), value: LINE, reason: TEXT },
      { atLeastOne: ['person', 'type', 'value'] },
    ),
    SOME,
  ),
  instructions: TEXT,
  absent: absent('channels', 'addresses', 'instructions'),
})

const INCIDENT = object<T.Incident>('Incident', {
  types: required(list(code('incident-type'), FEW)),
  annotations: list(code('incident-annotation'), FEW),
  period: DATE,
  country: COUNTRY,
  platforms: list(NAME, FEW),
  settings: list(code('incident-setting'), FEW),
  identifiers: list(IDENTIFIER, FEW),
  narrative: list(TEXT, FEW),
  absent: absent('period', 'country', 'platforms', 'settings', 'narrative'),
})

const ITEM = object<T.Item>(
  'Item',
  {
    id: required(ID),
    url: URL,
    hashes: list(HASH, FEW),
    domain: text('line', 253),
    account: ACCOUNT_ID,
    siteType: code('site-type'),
    hostingCountry: COUNTRY,
    hostingProvider: NAME,
    access: code('access'),
    classifications: list(
      object<T.Classification>('Classification', {
        scheme: required(code('classification-scheme')),
        value: required(LINE),
        by: NAME,
        on: DATE,
      }),
      FEW,
    ),
    flags: list(code('content-flag'), FEW),
    firstSeen: DATE,
    lastSeen: DATE,
    note: TEXT,
    absent: absent('siteType', 'hostingCountry', 'classifications', 'firstSeen', 'lastSeen'),
  },
  { atLeastOne: ['url', 'hashes', 'domain', 'account'] },
)

const ACCOUNT = object<T.Account>(
  'Account',
  {
    id: required(ID),
    service: required(NAME),
    handle: LINE,
    displayName: NAME,
    identifiers: list(IDENTIFIER, FEW),
    url: URL,
    person: PERSON_ID,
    addresses: list(
      object<T.NetworkEvent>('NetworkEvent', {
        address: required(text('network-address', 45)),
        port: integer(1, 65_535),
        event: required(code('network-event')),
        at: required(INSTANT),
      }),
      MANY,
    ),
    note: TEXT,
    absent: absent('handle', 'displayName', 'identifiers', 'person', 'addresses'),
  },
  { atLeastOne: ['handle', 'identifiers', 'url'] },
)

const REFERENCE = object<T.Reference>('Reference', {
  id: required(ID),
  type: required(code('reference-type')),
  store: required(NAME),
  locator: required(text('line', 4096)),
  legalBasis: required(code('evidence-basis')),
  hashes: list(HASH, FEW),
  keptUntil: INSTANT,
  note: TEXT,
})

const EXTENSION = object<T.Extension>('Extension', {
  owner: required(text('organisation', 255)),
  version: required(integer(1, 1_000_000)),
  section: required(code('section-type')),
  key: required(ID),
  about: ENTRY_ID,
  labels: required(list(TEXT, FEW)),
  value: required(
    object<T.ExtensionValue>(
      'ExtensionValue',
      {
        text: TEXT,
        integer: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
        decimal: text('decimal', 38),
        flag: flag(),
        date: DATE,
        code: text('code', 64),
      },
      { exactlyOne: ['text', 'integer', 'decimal', 'flag', 'date', 'code'] },
    ),
  ),
  criticality: required(code('criticality')),
})

/** The whole referral. */
export const REFERRAL = object<T.Referral>('Referral', {
  kind: required(code('referral-kind')),
  test: required(flag()),
  lane: choice('routine', 'urgent'),
  group: object<T.Group>('Group', {
    id: required(text('group-id', 32)),
    index: required(integer(1, 1000)),
    size: required(integer(1, 1000)),
  }),
  triage: required(TRIAGE),
  handling: required(HANDLING),
  consents: list(CONSENT, SOME),
  questions: list(QUESTION, SOME),
  advisory: ADVISORY,
  people: list(PERSON, MANY),
  contact: CONTACT,
  incident: INCIDENT,
  items: list(ITEM, ITEMS),
  accounts: list(ACCOUNT, MANY),
  references: list(REFERENCE, MANY),
  narrative: list(TEXT, FEW),
  extensions: list(EXTENSION, SOME),
})

/** A referral of which parts may be missing. */
export const PARTIAL_REFERRAL: ObjectNode = { ...REFERRAL, fields: optional(Object.entries(REFERRAL.fields)) }

/** Content of the sections: the referral without kind, test, lane and group, with no field required. */
export const SECTION_CONTENT: ObjectNode = {
  kind: 'object',
  name: 'ReferralSection',
  fields: optional(
    Object.entries(REFERRAL.fields).filter(([name]) => !['kind', 'test', 'lane', 'group'].includes(name)),
  ),
}

function optional(fields: [string, ObjectNode['fields'][string]][]): ObjectNode['fields'] {
  return Object.fromEntries(fields.map(([name, node]) => [name, { ...node, required: false }]))
}
