// Cases of entity configurations, each with one fault in the claims. docs/spec/identity.md, REX-ID-010
import type { CaseFile } from '../../suite/case.ts'
import { compact, withLargeS } from '../bytes/crypto.ts'
import { base64url, utf8 } from '../bytes/wire.ts'
import { type Claims, claimsOf, NOW, ngo, seconds, statement } from '../party.ts'

type Change = (claims: Claims, party: Claims) => void

const MALFORMED = ['MALFORMED']
const KEY = ['KEY_INVALID']
/** Two reasons, of which REX-ID-010 allows either. */
const EITHER = ['MALFORMED', 'KEY_INVALID']
const NAME = 'Fictional ngo'

/** Wrong members of the claims: title, reasons and change. */
const WRONG: Readonly<Record<string, readonly [title: string, reasons: readonly string[], change: Change]>> =
  {
    iss_other: [
      'iss is another organisation than sub',
      MALFORMED,
      (all) => (all.iss = 'https://police.example'),
    ],
    sub_port: ['sub has a port', MALFORMED, (all) => (all.iss = all.sub = 'https://ngo.example:443')],
    iat_text: ['iat is a text', MALFORMED, (all) => (all.iat = String(all.iat))],
    iat_exp: ['exp is not later than iat', MALFORMED, (all) => (all.exp = all.iat)],
    no_exp: ['there is no exp', MALFORMED, (all) => delete all.exp],
    no_entity_key: ['there is no entity key', MALFORMED, (all) => (all.jwks.keys = [])],
    name_empty: [
      'the name is empty',
      MALFORMED,
      (all) => (all.metadata.federation_entity.organization_name = ''),
    ],
    name_line: [
      'the name has two lines',
      MALFORMED,
      (all) => (all.metadata.federation_entity.organization_name = 'a\nb'),
    ],
    name_long: [
      'the name has 201 characters',
      MALFORMED,
      (all) => (all.metadata.federation_entity.organization_name = 'a'.repeat(201)),
    ],
    name_form: [
      'the name is not in normalisation form C',
      MALFORMED,
      (all) => (all.metadata.federation_entity.organization_name = 'e\u0301'),
    ],
    versions_none: ['no version is spoken', MALFORMED, (_, party) => (party.versions = [])],
    versions_17: [
      'there are 17 versions',
      MALFORMED,
      (_, party) => (party.versions = Array.from({ length: 17 }, (_, i) => i + 1)),
    ],
    suites_none: ['no suite is offered', MALFORMED, (_, party) => (party.suites = [])],
    suites_17: ['there are 17 suites', MALFORMED, (_, party) => (party.suites = Array(17).fill('REX-1'))],
    message_keys_17: [
      'there are 17 message keys',
      MALFORMED,
      (_, party) => (party.message_keys.keys = Array(17).fill(party.message_keys.keys[0])),
    ],
    key_without_kid: [
      'a message key has no kid',
      EITHER,
      (_, party) => delete party.message_keys.keys[0].kid,
    ],
    key_reason: [
      'a key is revoked for an unknown reason',
      MALFORMED,
      (_, party) => (party.message_keys.keys[0].revoked = { reason: 'lost', revoked_at: seconds(NOW) }),
    ],
    key_low_order: [
      'a message key is of low order',
      KEY,
      (_, party) =>
        (party.message_keys.keys[0].x = base64url(
          Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0)),
        )),
    ],
    key_not_canonical: [
      'a message key is not below the prime',
      KEY,
      (_, party) => (party.message_keys.keys[0].x = base64url(new Uint8Array(32).fill(0xff).fill(0x7f, 31))),
    ],
    key_short: [
      'a message key has 31 bytes',
      KEY,
      (_, party) => (party.message_keys.keys[0].x = base64url(new Uint8Array(31).fill(9))),
    ],
    key_curve: [
      'a message key is of another curve',
      KEY,
      (_, party) => (party.message_keys.keys[0].crv = 'X25519'),
    ],
    epochs_descending: ['the epochs descend', MALFORMED, (_, party) => party.epochs.reverse()],
    epochs_twice: [
      'an epoch stands twice',
      MALFORMED,
      (_, party) => (party.epochs = [party.epochs[0], party.epochs[0]]),
    ],
    epoch_one_key: ['an epoch lacks its HPKE key', MALFORMED, (_, party) => party.epochs[0].keys.pop()],
    epoch_swapped: [
      'the keys of an epoch are in the other order',
      EITHER,
      (_, party) => party.epochs[0].keys.reverse(),
    ],
    epoch_kid: [
      'a key of an epoch has a kid',
      KEY,
      (_, party) => (party.epochs[0].keys[0].kid = party.message_keys.keys[0].kid),
    ],
    epoch_hpke_short: [
      'an HPKE key is one byte short',
      KEY,
      (_, party) => (party.epochs[0].keys[1].pub = base64url(new Uint8Array(1215))),
    ],
    epoch_hpke_modulus: [
      'an HPKE key fails the modulus check',
      KEY,
      (_, party) =>
        (party.epochs[0].keys[1].pub = base64url(
          new Uint8Array(1216).fill(0xff, 0, 1184).fill(9, 1184, 1185),
        )),
    ],
    endpoints_none: ['there is no endpoint', MALFORMED, (_, party) => (party.gateway.endpoints = [])],
    endpoints_9: [
      'there are nine endpoints',
      MALFORMED,
      (_, party) => (party.gateway.endpoints = Array(9).fill('rex.example:443')),
    ],
    endpoint_space: [
      'an endpoint has a space',
      MALFORMED,
      (_, party) => (party.gateway.endpoints = ['a b:443']),
    ],
    endpoint_no_port: [
      'an endpoint has no port',
      MALFORMED,
      (_, party) => (party.gateway.endpoints = ['rex.example']),
    ],
    endpoint_port_zero: [
      'an endpoint has port 0',
      MALFORMED,
      (_, party) => (party.gateway.endpoints = ['rex.example:0']),
    ],
    endpoint_port_above: [
      'an endpoint has port 65536',
      MALFORMED,
      (_, party) => (party.gateway.endpoints = ['rex.example:65536']),
    ],
    endpoint_port_zeros: [
      'the port of an endpoint has a leading zero',
      MALFORMED,
      (_, party) => (party.gateway.endpoints = ['rex.example:0443']),
    ],
    endpoint_capital: [
      'an endpoint has a capital letter',
      MALFORMED,
      (_, party) => (party.gateway.endpoints = ['Rex.example:443']),
    ],
    endpoint_url: [
      'an endpoint is a URL',
      MALFORMED,
      (_, party) => (party.gateway.endpoints = ['https://rex.example:443']),
    ],
    ca_large: [
      'the authority has 8193 bytes',
      MALFORMED,
      (_, party) => (party.gateway.ca = base64url(sequence(8193))),
    ],
    ca_empty: [
      'the authority is an empty SEQUENCE',
      MALFORMED,
      (_, party) => (party.gateway.ca = base64url(Uint8Array.of(0x30, 0))),
    ],
    endpoint_ipv6_capital: [
      'an IPv6 address has capital letters',
      MALFORMED,
      (_, party) => (party.gateway.endpoints = ['[2001:DB8::1]:443']),
    ],
    suite_empty: ['a suite has no name', MALFORMED, (_, party) => (party.suites = ['REX-1', ''])],
    needs_kind: [
      'the kind of a need is no code',
      MALFORMED,
      (_, party) => (party.needs = { 'Victim support': {} }),
    ],
    ca_none: ['there is no authority', MALFORMED, (_, party) => delete party.gateway.ca],
    ca_no_der: [
      'the authority is no DER SEQUENCE',
      MALFORMED,
      (_, party) => (party.gateway.ca = base64url(utf8('certificate'))),
    ],
    ca_trailing: [
      'a byte follows the authority',
      MALFORMED,
      (_, party) =>
        (party.gateway.ca = base64url(
          Buffer.concat([Buffer.from(party.gateway.ca, 'base64url'), Buffer.alloc(1)]),
        )),
    ],
    ca_padding: [
      'the base64url of the authority has padding',
      MALFORMED,
      (_, party) => (party.gateway.ca = `${party.gateway.ca}=`),
    ],
    code_lists_negative: [
      'a version of a code list is negative',
      MALFORMED,
      (_, party) => (party.code_lists = { decline: -1 }),
    ],
    code_lists_129: [
      'there are 129 code lists',
      MALFORMED,
      (_, party) =>
        (party.code_lists = Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`list-${i}`, 1]))),
    ],
    no_code_lists: ['there are no code lists', MALFORMED, (_, party) => delete party.code_lists],
    needs_path: [
      'a need is no path',
      MALFORMED,
      (_, party) => (party.needs = { advisory: { must: ['triage..risk'] } }),
    ],
  }

/** Valid changes to the claims: members that no specification defines and readers ignore, and values at their limits. */
const RIGHT: Readonly<Record<string, readonly [title: string, change: Change]>> = {
  other_claims: [
    'other claims are there',
    (all, party) => [Object.assign(all, { jti: 'x', other: {} }), Object.assign(party, { more: 1 })],
  ],
  ca_largest: ['the authority has 8192 bytes', (_, party) => (party.gateway.ca = base64url(sequence(8192)))],
  suite_unknown: ['an unknown suite is offered', (_, party) => (party.suites = ['REX-9', 'REX-1'])],
  endpoints: [
    'the endpoints are of every kind',
    (_, party) => (party.gateway.endpoints = ['192.0.2.1:1', '[2001:db8::1]:65535', 'rex.example:443']),
  ],
  epochs_apart: [
    'epochs are left out between two',
    (_, party) => (party.epochs = [2900, 2903].map((epoch) => ({ ...party.epochs[0], epoch }))),
  ],
  message_key_repeated: [
    'a message key stands twice',
    (_, party) => party.message_keys.keys.push(party.message_keys.keys[0]),
  ],
  versions_later: ['only a later version is spoken', (_, party) => (party.versions = [2])],
  metadata_other: [
    'the organisation has other metadata',
    (all) => (all.metadata.openid_provider = { issuer: 'https://ngo.example' }),
  ],
  code_lists_other: [
    'the name of a code list is no code',
    (_, party) => (party.code_lists = { 'Of our own': 1 }),
  ],
  needs: [
    'needs are stated',
    (_, party) => (party.needs = { advisory: { must: ['triage.risk'] }, 'victim-support': {} }),
  ],
}

/** Returns a DER SEQUENCE of this many bytes, including its header of four bytes. */
function sequence(bytes: number): Uint8Array {
  const der = Buffer.alloc(bytes)
  der.writeUInt16BE(0x3082)
  der.writeUInt16BE(bytes - 4, 2)
  return der
}

function configured(name: string, title: string, change: Change, reason?: readonly string[]): CaseFile {
  const claims = structuredClone(claimsOf(ngo))
  change(claims, claims.metadata.rex_party)
  return {
    name: `claims_${name}`,
    title: `In an entity configuration, ${title}.`,
    requirements: [
      'REX-ID-010',
      ...(reason === KEY ? ['REX-ID-004', 'REX-JOSE-031'] : []),
      ...(name.startsWith('needs') ? ['REX-ID-015'] : []),
      ...(name === 'ca_padding' ? ['REX-ENC-020'] : []),
    ],
    features: [],
    operation: 'verify-configuration',
    input: { configuration: compact(statement(claims, ngo.entity)), pin: 'ngo', nowMs: NOW, seenMs: 0 },
    expect: reason === undefined ? { accepted: { name: base64url(utf8(NAME)) } } : { refused: { reason } },
  }
}

/** Texts of the claims that are not strict JSON, and malformed signatures (REX-JOSE-020 to 022, REX-JOSE-030). */
const TEXTS: Readonly<
  Record<string, readonly [title: string, reasons: readonly string[], change: (text: string) => string]>
> = {
  twice: ['A name occurs twice', MALFORMED, (text) => text.replace('{', '{"iss":"https://ngo.example",')],
  escaped: [
    'A name occurs twice, once with an escape',
    MALFORMED,
    (text) => text.replace('{', '{"i\\u0073s":"https://ngo.example",'),
  ],
  proto: ['A name is __proto__', MALFORMED, (text) => text.replace('{', '{"__proto__":{},')],
  exponent: ['A number has an exponent', MALFORMED, (text) => text.replace('{', '{"other":1e3,')],
  fraction: ['A number has a fraction', MALFORMED, (text) => text.replace('{', '{"other":1.0,')],
  surrogate: ['A text has a lone surrogate', MALFORMED, (text) => text.replace('{', '{"other":"\\ud800",')],
  mark: ['It begins with a byte order mark', MALFORMED, (text) => `\ufeff${text}`],
  trailing: ['Something follows the value', MALFORMED, (text) => `${text}x`],
  deep: [
    'It nests 17 levels deep',
    ['LIMIT_EXCEEDED'],
    (text) => text.replace('{', `{"other":${'['.repeat(16)}${']'.repeat(16)},`),
  ],
  members: [
    'An object has 257 members',
    ['LIMIT_EXCEEDED'],
    (text) => text.replace('{', `{"other":{${Array.from({ length: 257 }, (_, i) => `"m${i}":0`).join()}},`),
  ],
  brackets: [
    'It nests 20 000 levels deep',
    ['LIMIT_EXCEEDED'],
    (text) => text.replace('{', `{"other":${'['.repeat(20_000)}${']'.repeat(20_000)},`),
  ],
  long: ['The JWT has more than 64 KiB', ['LIMIT_EXCEEDED'], (text) => `${text}${' '.repeat(65_536)}`],
}

/** Maximum length of an entity configuration, in bytes. */
const JWT_BYTES = 65_536

/** Cases that take very long in an implementation whose time grows faster than the size of its input. */
const LONG: ReadonlySet<string> = new Set(['brackets', 'last_character'])

function spelled(): CaseFile[] {
  const text = JSON.stringify(claimsOf(ngo))
  const own = (name: string, title: string, jwt: string, reason?: readonly string[]): CaseFile => ({
    name: `claims_text_${name}`,
    title: `${title}.`,
    requirements: [
      'REX-JOSE-001',
      'REX-JOSE-020',
      'REX-JOSE-021',
      'REX-JOSE-022',
      'REX-JOSE-030',
      'REX-ENC-002',
      ...(LONG.has(name) ? ['REX-JOSE-003'] : []),
    ],
    features: [],
    operation: 'verify-configuration',
    input: { configuration: jwt, pin: 'ngo', nowMs: NOW, seenMs: 0 },
    expect: reason === undefined ? { accepted: {} } : { refused: { reason } },
  })
  const signed = (changed: string) =>
    compact(statement(undefined, ngo.entity, ngo.entity.thumbprint, changed))
  const jws = statement(claimsOf(ngo), ngo.entity)
  const neutral = Uint8Array.from(jws.signature, (byte, i) => (i < 32 ? Number(i === 0) : byte))
  const large = { ...jws, signature: withLargeS(jws.signature) }
  // Three spaces become four characters.
  const spaces = ' '.repeat(Math.floor((JWT_BYTES - signed(text).length) / 4) * 3)
  const largest = ['', ' ', '  ']
    .map((more) => signed(text + spaces + more))
    .findLast(({ length }) => length <= JWT_BYTES) as string
  return [
    ...Object.entries(TEXTS).map(([name, [title, reason, change]]) =>
      own(name, title, signed(change(text)), reason),
    ),
    own(
      'spaces',
      'The claims have spaces and escapes',
      signed(text.replaceAll(',', ', ').replace('"iss"', '"\\u0069ss"')),
    ),
    own(
      'last_character',
      'The last of 60 000 characters of the claims is not of base64url',
      `${compact(jws).split('.')[0]}.${'A'.repeat(59_999)}!.${base64url(jws.signature)}`,
      MALFORMED,
    ),
    own('largest', 'The JWT has as many bytes as it may', largest),
    own('parts', 'The JWT has four parts', `${compact(jws)}.`, MALFORMED),
    own(
      'neutral_r',
      'R of the signature is of low order',
      compact({ ...jws, signature: neutral }),
      MALFORMED,
    ),
    own('large_s', 'S of the signature is not below the group order', compact(large), ['STATEMENT_INVALID']),
  ]
}

export function claims(): CaseFile[] {
  return [
    ...Object.entries(WRONG).map(([name, [title, reason, change]]) =>
      configured(name, title, change, reason),
    ),
    ...Object.entries(RIGHT).map(([name, [title, change]]) => configured(name, title, change)),
    ...spelled(),
  ]
}
