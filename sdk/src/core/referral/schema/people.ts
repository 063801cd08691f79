// The schema of people and contact. docs/spec/referral.md, "Fields"

import type * as T from '../types.ts'
import {
  COUNTRY,
  DATE,
  FEW,
  ID,
  IDENTIFIER,
  LANGUAGE,
  LINE,
  NAME,
  PERSON_ID,
  PLACE,
  PLACE_FIELDS,
  SOME,
  TEXT,
} from './common.ts'
import { absent, code, flag, integer, list, object, required, text } from './node.ts'

export const PERSON = object<T.Person>('Person', {
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
  position: NAME,
  expectedDeliveryDate: DATE,
  birthPlace: PLACE,
  deceased: flag(),
  deceasedDate: DATE,
  ethnicity: NAME,
  religion: NAME,
  sensitiveNote: TEXT,
  school: NAME,
  careArrangement: code('care-arrangement'),
  legalStatus: code('legal-status'),
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
    'birthPlace',
    'deceased',
    'ethnicity',
    'religion',
    'school',
    'careArrangement',
    'legalStatus',
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

export const CONTACT = object<T.Contact>('Contact', {
  channels: list(CHANNEL, SOME),
  addresses: list(
    object<T.Address>('Address', {
      people: list(PERSON_ID, SOME),
      use: code('address-use'),
      period: DATE,
      ...PLACE_FIELDS,
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
