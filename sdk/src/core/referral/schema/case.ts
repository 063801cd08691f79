// The schema of the case: triage, handling, consent, questions, advisory, extensions. docs/spec/referral.md, "Fields"

import type * as T from '../types.ts'
import {
  AREA,
  COUNTRY,
  DATE,
  ENTRY_ID,
  FEW,
  ID,
  INSTANT,
  LANGUAGE,
  NAME,
  PERSON_ID,
  SOME,
  TEXT,
} from './common.ts'
import { absent, code, flag, integer, list, object, required, text } from './node.ts'

export const TRIAGE = object<T.Triage>('Triage', {
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
  neededBy: DATE,
  priority: code('priority'),
  note: TEXT,
  absent: absent('ageBand', 'gender', 'children', 'country', 'area', 'languages', 'interpreter', 'risk'),
})

export const HANDLING = object<T.Handling>('Handling', {
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

export const CONSENT = object<T.Consent>('Consent', {
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
  withholdingReasons: list(code('withholding-reason'), FEW),
  forServices: list(code('service'), FEW),
  shareWithOrganisations: list(NAME, SOME),
  form: code('consent-form'),
  statute: TEXT,
  informed: flag(),
  informedPeople: list(PERSON_ID, SOME),
  notInformedReason: TEXT,
  purposes: list(code('purpose'), FEW),
  limits: TEXT,
  expires: INSTANT,
  overridden: TEXT,
  absent: absent(
    'givenBy',
    'givenOn',
    'assent',
    'services',
    'disclosure',
    'reporting',
    'tracing',
    'form',
    'informed',
  ),
})

export const QUESTION = object<T.Question>('Question', {
  id: required(ID),
  text: required(TEXT),
  about: list(ENTRY_ID, SOME),
})

export const ADVISORY = object<T.Advisory>('Advisory', {
  title: required(TEXT),
  topics: list(code('advisory-topic'), FEW),
  description: required(list(TEXT, FEW)),
  guidance: list(TEXT, FEW),
  validUntil: INSTANT,
})

export const EXTENSION = object<T.Extension>('Extension', {
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
