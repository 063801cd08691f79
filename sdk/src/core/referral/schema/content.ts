// The schema of the incident, and of the location of material and evidence. docs/spec/referral.md, "Fields"

import type * as T from '../types.ts'
import {
  COUNTRY,
  DATE,
  FEW,
  HASH,
  ID,
  IDENTIFIER,
  INSTANT,
  LINE,
  MANY,
  NAME,
  NETWORK_EVENT,
  PERSON_ID,
  PLACE,
  TEXT,
  URL,
} from './common.ts'
import { absent, code, flag, idOf, integer, list, object, required, text } from './node.ts'

export const INCIDENT = object<T.Incident>('Incident', {
  types: required(list(code('incident-type'), FEW)),
  annotations: list(code('incident-annotation'), FEW),
  period: DATE,
  countries: list(COUNTRY, FEW),
  places: list(PLACE, FEW),
  platforms: list(NAME, FEW),
  settings: list(code('incident-setting'), FEW),
  identifiers: list(IDENTIFIER, FEW),
  addresses: list(NETWORK_EVENT, MANY),
  narrative: list(TEXT, FEW),
  absent: absent('period', 'countries', 'places', 'platforms', 'settings', 'narrative'),
})

export const ITEM = object<T.Item>(
  'Item',
  {
    id: required(ID),
    url: URL,
    hashes: list(HASH, FEW),
    domain: text('line', 253),
    account: idOf('account'),
    siteType: code('site-type'),
    hostingCountry: COUNTRY,
    hostingProvider: NAME,
    addresses: list(NETWORK_EVENT, FEW),
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
    viewed: flag(),
    public: flag(),
    mediaType: code('media-type'),
    fileName: text('name', 255),
    detection: code('detection'),
    firstSeen: DATE,
    lastSeen: DATE,
    note: TEXT,
    absent: absent('siteType', 'hostingCountry', 'classifications', 'firstSeen', 'lastSeen'),
  },
  { atLeastOne: ['url', 'hashes', 'domain', 'account'] },
)

export const ACCOUNT = object<T.Account>(
  'Account',
  {
    id: required(ID),
    service: required(NAME),
    handle: LINE,
    displayNames: list(NAME, FEW),
    identifiers: list(IDENTIFIER, FEW),
    urls: list(URL, FEW),
    status: code('account-status'),
    statusDate: DATE,
    userNotified: flag(),
    person: PERSON_ID,
    addresses: list(NETWORK_EVENT, MANY),
    note: TEXT,
    absent: absent('handle', 'displayNames', 'identifiers', 'person', 'addresses'),
  },
  { atLeastOne: ['handle', 'identifiers', 'urls', 'addresses'] },
)

export const REFERENCE = object<T.Reference>('Reference', {
  id: required(ID),
  type: required(code('reference-type')),
  store: required(NAME),
  locator: required(text('line', 4096)),
  legalBasis: required(code('evidence-basis')),
  hashes: list(HASH, FEW),
  count: integer(1, 4_294_967_295),
  format: code('hash-list-format'),
  hashTypes: list(code('hash-type'), FEW),
  keptUntil: INSTANT,
  note: TEXT,
})
