// Cases about the claims of an entity configuration: every required claim, every limit from both sides, and every type.
// docs/spec/identity.md, REX-ID-010
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf, signingKey, thumbprint } from '../bytes/crypto.ts'
import { base64url } from '../bytes/wire.ts'
import { type Claims, NOW, ngo, seconds } from '../party.ts'
import { type Change, configured, EITHER, KEY, MALFORMED } from './form.ts'

type Row = readonly [title: string, reasons: readonly string[] | undefined, change: Change]

/** Paths of required claims. Each has a case in which it is missing. */
const REQUIRED: readonly string[] = [
  'iss',
  'sub',
  'iat',
  'jwks',
  'metadata',
  'metadata.federation_entity',
  'metadata.federation_entity.organization_name',
  'metadata.rex_party',
  'metadata.rex_party.versions',
  'metadata.rex_party.suites',
  'metadata.rex_party.message_keys',
  'metadata.rex_party.message_keys.keys',
  'metadata.rex_party.epochs',
  'metadata.rex_party.gateway',
  'metadata.rex_party.gateway.endpoints',
  'metadata.rex_party.gateway.receipt_keys',
  'metadata.rex_party.gateway.receipt_keys.keys',
  'metadata.rex_party.message_keys.keys.0.nbf',
  'metadata.rex_party.message_keys.keys.0.exp',
  'metadata.rex_party.gateway.receipt_keys.keys.0.exp',
  'metadata.rex_party.epochs.0.epoch',
  'metadata.rex_party.epochs.0.nbf',
  'metadata.rex_party.epochs.0.exp',
  'metadata.rex_party.epochs.0.keys',
]

/** Removes the member at a path. */
function without(path: string): Change {
  return (claims) => {
    const names = path.split('.')
    const last = names.pop() as string
    delete names.reduce((at: Claims, name) => at[name], claims)[last]
  }
}

const name = (text: string): Change => {
  return (all) => (all.metadata.federation_entity.organization_name = text)
}
const endpoints =
  (...list: readonly unknown[]): Change =>
  (_, party) =>
    (party.gateway.endpoints = list)
const needs =
  (value: unknown): Change =>
  (_, party) =>
    (party.needs = value)
const revoked =
  (value: unknown): Change =>
  (_, party) =>
    (party.message_keys.keys[0].revoked = value)
const ca =
  (bytes: readonly number[], member = 'ca'): Change =>
  (_, party) =>
    (party.gateway[member] = base64url(Uint8Array.from(bytes)))
const some = (count: number, value: (i: number) => unknown) =>
  Array.from({ length: count }, (_, i) => value(i))
const listed = (count: number, value: (i: number) => readonly [string, unknown]) =>
  Object.fromEntries(some(count, value) as [string, unknown][])

const paths = (count: number) => ({ advisory: { should: some(count, (i) => `triage.a${i}`) } })
const host = (length: number) => `${'a.'.repeat((length - 6) / 2)}b.example`.slice(-length)

/** Returns a change that replaces the x coordinate (hexadecimal) of the first message key, and its `kid` to match. */
function keyOf(hex: string): Change {
  const x = base64url(Buffer.from(hex, 'hex'))
  const kid = base64url(thumbprint({ crv: 'Ed25519', kty: 'OKP', x }))
  return (_, party) => Object.assign(party.message_keys.keys[0], { x, kid })
}

const dated = (i: number) => {
  const { jwk, thumbprint: kid } = signingKey(`ngo message ${i}`)
  return { ...jwk, kid: base64url(kid), nbf: 1, exp: seconds(NOW) }
}
const epochsOf = (count: number): Change => {
  return (_, party) => (party.epochs = some(count, (i) => ({ ...party.epochs[0], epoch: 2900 + i })))
}

/**
 * Writes a coefficient of the ML-KEM part of the HPKE key. `place`: its number; two coefficients share three bytes.
 */
function coefficient(place: number, value: number): Change {
  return (_, party) => {
    const pub = Buffer.from(party.epochs[0].keys[1].pub, 'base64url')
    if (place % 2 === 0)
      pub.writeUInt16LE((pub.readUInt16LE((place / 2) * 3) & 0xf000) | value, (place / 2) * 3)
    else {
      const at = ((place - 1) / 2) * 3 + 1
      pub.writeUInt16LE((pub.readUInt16LE(at) & 0x000f) | (value << 4), at)
    }
    party.epochs[0].keys[1].pub = base64url(pub)
  }
}

function hpkeEnd(hex: string): Change {
  return (_, party) => {
    const pub = Buffer.from(party.epochs[0].keys[1].pub, 'base64url')
    Buffer.from(hex, 'hex').copy(pub, 1184)
    party.epochs[0].keys[1].pub = base64url(pub)
  }
}

const P = (last: string) => `${last}${'ff'.repeat(30)}7f`
const LOW_X = 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'

const ROWS: Readonly<Record<string, Row>> = {
  iat_flag: ['iat is true', MALFORMED, (all) => (all.iat = true)],
  iat_negative: ['iat is negative', MALFORMED, (all) => (all.iat = -1)],
  exp_before: ['exp is before iat', MALFORMED, (all) => (all.exp = all.iat - 1)],
  name_200: ['the name has 200 code points of two UTF-16 units', undefined, name('𝒜'.repeat(200))],
  name_201: ['the name has 201 code points of two UTF-16 units', MALFORMED, name('𝒜'.repeat(201))],
  name_tab: ['the name has a tab', MALFORMED, name('a\tb')],
  name_c1: ['the name has U+0085', MALFORMED, name('a\u0085b')],
  name_delete: ['the name has U+007F', MALFORMED, name('a\u007fb')],
  name_separator: ['the name has U+2028', MALFORMED, name('a\u2028b')],
  name_number: [
    'the name is a number',
    MALFORMED,
    (all) => (all.metadata.federation_entity.organization_name = 1),
  ],
  versions_16: ['there are 16 versions', undefined, (_, party) => (party.versions = some(16, (i) => i + 1))],
  versions_text: ['a version is a text', MALFORMED, (_, party) => (party.versions = ['1'])],
  versions_second: ['the second version is a text', MALFORMED, (_, party) => (party.versions = [1, '2'])],
  versions_flag: ['a version is true', MALFORMED, (_, party) => (party.versions = [true])],
  versions_number: ['versions are a number', MALFORMED, (_, party) => (party.versions = 1)],
  suites_16: ['there are 16 suites', undefined, (_, party) => (party.suites = Array(16).fill('REX-1'))],
  suites_text: ['suites are a text', MALFORMED, (_, party) => (party.suites = 'REX-1')],
  suite_number: ['a suite is a number', MALFORMED, (_, party) => (party.suites = ['REX-1', 2])],
  suite_1024: ['a suite has 1024 characters', undefined, (_, party) => party.suites.push('x'.repeat(1024))],
  suite_1025: ['a suite has 1025 characters', MALFORMED, (_, party) => party.suites.push('x'.repeat(1025))],
  message_keys_16: [
    'there are 16 message keys',
    undefined,
    (_, party) => (party.message_keys.keys = some(16, dated)),
  ],
  message_keys_none: ['there is no message key', undefined, (_, party) => (party.message_keys.keys = [])],
  receipt_keys_17: [
    'there are 17 receipt keys',
    MALFORMED,
    (_, party) => (party.gateway.receipt_keys.keys = some(17, dated)),
  ],
  receipt_key_kid: [
    'the kid of a receipt key is not its thumbprint',
    EITHER,
    (_, party) => (party.gateway.receipt_keys.keys[0].kid = base64url(bytesOf('kid'))),
  ],
  receipt_key_reason: [
    'a receipt key is revoked for an unknown reason',
    MALFORMED,
    (_, party) => (party.gateway.receipt_keys.keys[0].revoked = { reason: 'lost', revoked_at: 1 }),
  ],
  entity_key_kid: [
    'the kid of the entity key is not its thumbprint',
    EITHER,
    (all) => (all.jwks.keys[0].kid = base64url(bytesOf('kid'))),
  ],
  entity_key_dated: ['the entity key has an exp', EITHER, (all) => (all.jwks.keys[0].exp = seconds(NOW))],
  key_use: [
    'a message key has a member more',
    EITHER,
    (_, party) => (party.message_keys.keys[0].use = 'sig'),
  ],
  key_kty: ['the kty of a message key is EC', EITHER, (_, party) => (party.message_keys.keys[0].kty = 'EC')],
  key_text: ['a message key is a text', EITHER, (_, party) => (party.message_keys.keys[0] = 'key')],
  key_x_number: ['x of a message key is a number', EITHER, (_, party) => (party.message_keys.keys[0].x = 1)],
  key_nbf_text: [
    'nbf of a message key is a text',
    MALFORMED,
    (_, party) => (party.message_keys.keys[0].nbf = '1'),
  ],
  key_revoked_null: ['a revocation is null', MALFORMED, revoked(null)],
  key_revoked_flag: ['a revocation is true', MALFORMED, revoked(true)],
  key_revoked_when: ['a revocation has no time', MALFORMED, revoked({ reason: 'superseded' })],
  key_revoked_why: ['a revocation has no reason', MALFORMED, revoked({ revoked_at: 1 })],
  key_revoked_other: [
    'a revocation has a member more',
    undefined,
    revoked({ reason: 'superseded', revoked_at: 1, note: 'x' }),
  ],
  key_low_order_0: ['a message key of the right kid is 0', KEY, keyOf('00'.repeat(32))],
  key_low_order_1: ['a message key of the right kid is 1', KEY, keyOf(`01${'00'.repeat(31)}`)],
  key_low_order_signed: [
    'a message key of the right kid is 1, with the sign of x set',
    KEY,
    keyOf(`01${'00'.repeat(30)}80`),
  ],
  key_low_order_8: [
    'a message key of the right kid is of order 8',
    KEY,
    keyOf('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  ],
  key_low_order_8_other: [
    'a message key of the right kid is the other of order 8',
    KEY,
    keyOf('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
  ],
  key_low_order_last: ['a message key of the right kid is p − 1', KEY, keyOf(P('ec'))],
  key_prime: ['a message key of the right kid is p', KEY, keyOf(P('ed'))],
  key_above: ['a message key of the right kid is p + 1', KEY, keyOf(P('ee'))],
  key_above_signed: [
    'a message key of the right kid is p + 3, with the sign of x set',
    KEY,
    keyOf(`f0${'ff'.repeat(31)}`),
  ],
  key_31: ['a message key of the right kid has 31 bytes', KEY, keyOf('09'.repeat(31))],
  key_33: ['a message key of the right kid has 33 bytes', KEY, keyOf(`${'09'.repeat(32)}00`)],
  epochs_none: ['there is no epoch', undefined, (_, party) => (party.epochs = [])],
  epochs_20: ['there are 20 epochs', undefined, epochsOf(20)],
  epochs_object: ['epochs are an object', MALFORMED, (_, party) => (party.epochs = {})],
  epoch_text: ['an epoch is a text', MALFORMED, (_, party) => (party.epochs[0] = 'epoch')],
  epochs_last: [
    'the last of three epochs stands twice',
    MALFORMED,
    (_, party) => (party.epochs = [party.epochs[0], party.epochs[1], party.epochs[1]]),
  ],
  epoch_three_keys: [
    'an epoch has three keys',
    EITHER,
    (_, party) => party.epochs[0].keys.push(party.epochs[0].keys[0]),
  ],
  epoch_number: ['the number of an epoch is negative', MALFORMED, (_, party) => (party.epochs[0].epoch = -1)],
  epoch_ed25519: [
    'an epoch has an Ed25519 key in place of X25519',
    EITHER,
    (_, party) => (party.epochs[0].keys[0] = { ...ngo.message.jwk }),
  ],
  epoch_low_order: [
    'the X25519 key of an epoch is of low order',
    KEY,
    (_, party) => (party.epochs[0].keys[0].x = base64url(Buffer.from(LOW_X, 'hex'))),
  ],
  epoch_high_bit: [
    'the X25519 key of an epoch has its highest bit set',
    KEY,
    (_, party) => (party.epochs[0].keys[0].x = base64url(Buffer.from(`09${'00'.repeat(30)}80`, 'hex'))),
  ],
  epoch_hpke_alg: [
    'the alg of an HPKE key is another',
    EITHER,
    (_, party) => (party.epochs[0].keys[1].alg = 'HPKE-9'),
  ],
  epoch_hpke_long: [
    'an HPKE key is one byte long',
    KEY,
    (_, party) =>
      (party.epochs[0].keys[1].pub = base64url(
        Buffer.concat([Buffer.from(party.epochs[0].keys[1].pub, 'base64url'), Buffer.alloc(1)]),
      )),
  ],
  epoch_hpke_low_order: ['the X25519 key in an HPKE key is of low order', KEY, hpkeEnd(LOW_X)],
  epoch_hpke_high_bit: [
    'the X25519 key in an HPKE key has its highest bit set',
    KEY,
    hpkeEnd(`09${'00'.repeat(30)}80`),
  ],
  epoch_hpke_3328: ['the largest coefficient is 3328', undefined, coefficient(0, 3328)],
  epoch_hpke_3329: ['the first coefficient is 3329', KEY, coefficient(0, 3329)],
  epoch_hpke_3329_second: ['the second coefficient is 3329', KEY, coefficient(1, 3329)],
  epoch_hpke_3329_last: ['the last coefficient is 3329', KEY, coefficient(767, 3329)],
  endpoints_8: ['there are eight endpoints', undefined, endpoints(...Array(8).fill('rex.example:443'))],
  endpoint_second: [
    'the second endpoint has no port',
    MALFORMED,
    endpoints('rex.example:443', 'rex.example'),
  ],
  endpoint_one_label: ['an endpoint has one label', undefined, endpoints('gateway:443')],
  endpoint_number: ['an endpoint is a number', MALFORMED, endpoints(443)],
  endpoint_last_label: [
    'the last label of an endpoint begins with a digit',
    MALFORMED,
    endpoints('rex.1a:443'),
  ],
  endpoint_trailing_dot: ['an endpoint ends with a dot', MALFORMED, endpoints('rex.example.:443')],
  endpoint_underscore: ['an endpoint has an underscore', MALFORMED, endpoints('a_b.example:443')],
  endpoint_hyphen: ['a label of an endpoint begins with a hyphen', MALFORMED, endpoints('-a.example:443')],
  endpoint_empty_host: ['an endpoint has no host', MALFORMED, endpoints(':443')],
  endpoint_digits: [
    'the port of an endpoint has digits of another script',
    MALFORMED,
    endpoints('rex.example:4\u0664\u0663'),
  ],
  endpoint_line_end: ['an endpoint ends with a line end', MALFORMED, endpoints('rex.example:443\n')],
  endpoint_plus: ['the port of an endpoint has a sign', MALFORMED, endpoints('rex.example:+443')],
  endpoint_path: ['an endpoint has a path', MALFORMED, endpoints('rex.example:443/')],
  endpoint_user: ['an endpoint has a user', MALFORMED, endpoints('a@rex.example:443')],
  endpoint_ipv4_256: ['an IPv4 address has 256', MALFORMED, endpoints('256.0.2.1:443')],
  endpoint_ipv4_zeros: ['an IPv4 address has a leading zero', MALFORMED, endpoints('192.0.02.1:443')],
  endpoint_ipv4_short: ['an IPv4 address has three numbers', MALFORMED, endpoints('192.0.2:443')],
  endpoint_ipv6_open: ['an IPv6 address stands without brackets', MALFORMED, endpoints('2001:db8::1:443')],
  endpoint_ipv6_zone: ['an IPv6 address has a zone', MALFORMED, endpoints('[fe80::1%eth0]:443')],
  endpoint_ipv6_two: ['an IPv6 address has two gaps', MALFORMED, endpoints('[2001::db8::1]:443')],
  endpoint_ipv6_digits: [
    'a group of an IPv6 address has five digits',
    MALFORMED,
    endpoints('[2001:0db80::1]:443'),
  ],
  endpoint_ipv6_name: ['brackets hold a name', MALFORMED, endpoints('[rex.example]:443')],
  endpoint_long: ['an endpoint has 301 characters', MALFORMED, endpoints(`${host(297)}:443`)],
  ca_empty_sequence: ['the SEQUENCE of the authority is empty', MALFORMED, ca([0x30, 0])],
  ca_short_sequence: ['the authority is a SEQUENCE of two bytes', undefined, ca([0x30, 2, 5, 0])],
  ca_set: ['the authority is a SET', MALFORMED, ca([0x31, 2, 5, 0])],
  ca_tag_alone: ['the authority has one byte', MALFORMED, ca([0x30])],
  ca_indefinite: ['the length of the authority is indefinite', MALFORMED, ca([0x30, 0x80, 5, 0, 0, 0])],
  ca_indefinite_128: [
    'the length of the authority is indefinite, and 128 bytes follow',
    MALFORMED,
    ca([0x30, 0x80, 4, 124, ...Array(124).fill(5), 0, 0]),
  ],
  ca_length_long: ['the length of the authority is not minimal', MALFORMED, ca([0x30, 0x81, 2, 5, 0])],
  ca_length_zero: [
    'the length of the authority begins with a zero',
    MALFORMED,
    ca([0x30, 0x82, 0, 200, ...Array(200).fill(5)]),
  ],
  ca_truncated: ['the authority ends one byte early', MALFORMED, ca([0x30, 3, 5, 0])],
  next_ca: ['a next authority is there', undefined, ca([0x30, 2, 5, 0], 'next_ca')],
  next_ca_no_der: ['the next authority is no DER', MALFORMED, ca([0x31, 2, 5, 0], 'next_ca')],
  next_ca_null: ['the next authority is null', MALFORMED, (_, party) => (party.gateway.next_ca = null)],
  next_ca_large: [
    'the next authority has 8193 bytes',
    MALFORMED,
    ca([0x30, 0x82, 0x1f, 0xfd, ...Array(8189).fill(0)], 'next_ca'),
  ],
  code_lists_128: [
    'there are 128 code lists',
    undefined,
    (_, party) => (party.code_lists = listed(128, (i) => [`list-${i}`, 1])),
  ],
  code_lists_text: [
    'a version of a code list is a text',
    MALFORMED,
    (_, party) => (party.code_lists = { decline: '1' }),
  ],
  code_lists_list: ['code lists are a list', MALFORMED, (_, party) => (party.code_lists = [])],
  needs_32: ['there are 32 needs', undefined, needs(listed(32, (i) => [`kind-${i}`, {}]))],
  needs_33: ['there are 33 needs', MALFORMED, needs(listed(33, (i) => [`kind-${i}`, {}]))],
  needs_list: ['needs are a list', MALFORMED, needs([])],
  needs_null: ['needs are null', MALFORMED, needs(null)],
  needs_other: ['a need has a member more', undefined, needs({ advisory: { may: 1 } })],
  needs_64: ['a need has 64 paths', undefined, needs(paths(64))],
  needs_65: ['a need has 65 paths', MALFORMED, needs(paths(65))],
  needs_text: ['a need is a text', MALFORMED, needs({ advisory: 'triage' })],
  needs_must_text: ['the paths of a need are a text', MALFORMED, needs({ advisory: { must: 'triage' } })],
  needs_should_form: ['a path is none', MALFORMED, needs({ advisory: { should: ['triage.'] } })],
  needs_path_digit: ['a path begins with a digit', MALFORMED, needs({ advisory: { must: ['triage.1a'] } })],
  needs_path_200: ['a path has 200 characters', undefined, needs({ advisory: { must: ['a'.repeat(200)] } })],
  needs_path_201: ['a path has 201 characters', MALFORMED, needs({ advisory: { must: ['a'.repeat(201)] } })],
  needs_kind_64: ['a kind has 64 characters', undefined, needs({ ['a'.repeat(64)]: {} })],
  needs_kind_65: ['a kind has 65 characters', MALFORMED, needs({ ['a'.repeat(65)]: {} })],
  rotations_none: ['the list of rotations is empty', MALFORMED, (_, party) => (party.entity_rotations = [])],
  rotations_text: ['rotations are a text', MALFORMED, (_, party) => (party.entity_rotations = 'x')],
  rotations_null: ['rotations are null', MALFORMED, (_, party) => (party.entity_rotations = null)],
  rotations_number: ['a rotation is a number', MALFORMED, (_, party) => (party.entity_rotations = [1])],
}

export function claimEdges(): CaseFile[] {
  const required = REQUIRED.map((path) =>
    configured(
      `claims_without_${path.replace('metadata.', '').replaceAll('.', '_')}`,
      {
        title: `In an entity configuration, ${path} is missing.`,
        requirements: ['REX-ID-010'],
        reason: path.endsWith('.keys') && path.includes('epochs') ? EITHER : MALFORMED,
      },
      { change: without(path) },
    ),
  )
  const rows = Object.entries(ROWS).map(([key, [title, reason, change]]) =>
    configured(
      `claims_${key}`,
      {
        title: `In an entity configuration, ${title}.`,
        requirements: [
          'REX-ID-010',
          ...(reason === KEY ? ['REX-ID-004', 'REX-JOSE-031'] : []),
          ...(key.startsWith('needs') ? ['REX-ID-015'] : []),
        ],
        reason,
      },
      { change },
    ),
  )
  return [...required, ...rows]
}
