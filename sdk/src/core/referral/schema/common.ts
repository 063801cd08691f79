// Parts that the whole schema shares: texts, places, identifiers, hashes, network addresses. docs/spec/referral.md, "Fields"

import type * as T from '../types.ts'
import { code, flag, idOf, integer, list, object, required, text } from './node.ts'

/** The id of an entry. */
export const ID = text('local-id', 64)
export const PERSON_ID = idOf('person')
export const ENTRY_ID = idOf('entry')
export const LINE = text('line', 200)
export const NAME = text('name', 200)
export const LANGUAGE = text('language', 35)
export const COUNTRY = text('country', 2)
export const DATE = text('partial-date', 80)
export const INSTANT = text('instant', 40)
export const URL = text('url', 4096)
/** Maximum lengths of lists, by whether a case has few, some or many such entries. */
export const FEW = 16
export const SOME = 64
export const MANY = 1024

export const TEXT = object<T.Text>('Text', {
  text: required(text('prose', 20_000)),
  language: required(LANGUAGE),
})

/** An administrative area. */
export const AREA = object<T.Area>(
  'Area',
  { scheme: text('line', 64), code: text('line', 64), name: NAME },
  { atLeastOne: ['code', 'name'] },
)

/** Fields that addresses and places share. */
export const PLACE_FIELDS = {
  lines: list(NAME, FEW),
  city: NAME,
  district: NAME,
  postalCode: text('line', 32),
  areas: list(AREA, FEW),
  country: COUNTRY,
  landmark: TEXT,
}

/** A place of birth or of an incident. */
export const PLACE = object<T.Place>('Place', PLACE_FIELDS, {
  atLeastOne: Object.keys(PLACE_FIELDS),
})

export const IDENTIFIER = object<T.Identifier>('Identifier', {
  type: required(code('identifier-type')),
  issuer: NAME,
  value: required(LINE),
  label: NAME,
  country: COUNTRY,
  validUntil: DATE,
  verified: flag(),
})

export const HASH = object<T.Hash>('Hash', {
  type: required(code('hash-type')),
  value: required(text('line', 4096)),
})

/** A network address that was observed, or the address of a server. */
export const NETWORK_EVENT = object<T.NetworkEvent>('NetworkEvent', {
  address: required(text('network-address', 45)),
  port: integer(1, 65_535),
  event: required(code('network-event')),
  at: DATE,
  possibleProxy: flag(),
  item: idOf('item'),
})
