// Cases of entity configurations and invites: text, header, signature and order of the checks. docs/spec/identity.md,
// docs/spec/envelope-slots.md
import type { CaseFile } from '../../suite/case.ts'
import { type Claims, DAY, MINUTE, NOW, ngo, police } from '../party.ts'
import { configured, INVALID, LIMIT, MALFORMED, type Statement, signedStatement } from './form.ts'

const ISSUED = NOW - DAY
const EXPIRES = NOW + 30 * DAY
const JSON_RULES = ['REX-JOSE-020', 'REX-JOSE-021']
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const more = (member: string) => (json: string) => json.replace('{', `{${member},`)
const members = (count: number) => Array.from({ length: count }, (_, i) => `"m${i}":0`).join()

type Spelling = readonly [
  title: string,
  reason: readonly string[] | undefined,
  change: (json: string) => string,
]

/** Unusual spellings of the claims, by name. Without a reason, the configuration is accepted. */
const TEXTS: Readonly<Record<string, Spelling>> = {
  depth_16: ['It nests 16 levels deep', undefined, more(`"other":${nested(15)}`)],
  depth_17: ['It nests 17 levels deep', LIMIT, more(`"other":${nested(16)}`)],
  depth_in_text: ['A text has 40 brackets', undefined, more(`"other":"\\"${'['.repeat(40)}"`)],
  members_256: ['An object has 256 members', undefined, more(`"other":{${members(256)}}`)],
  number_most: ['A number is 2^53 − 1', undefined, more('"other":9007199254740991')],
  number_above: ['A number is 2^53', MALFORMED, more('"other":9007199254740992')],
  number_least: ['A number is −(2^53 − 1)', undefined, more('"other":-9007199254740991')],
  number_below: ['A number is −2^53', MALFORMED, more('"other":-9007199254740992')],
  number_large: ['A number has 30 digits', MALFORMED, more('"other":123456789012345678901234567890')],
  number_minus_zero: ['A number is −0', MALFORMED, more('"other":-0')],
  number_zeros: ['A number begins with a zero', MALFORMED, more('"other":01')],
  number_plus: ['A number has a plus', MALFORMED, more('"other":+1')],
  number_hexadecimal: ['A number is hexadecimal', MALFORMED, more('"other":0x1')],
  number_capital_exponent: ['A number has the exponent E0', MALFORMED, more('"other":1E0')],
  number_nan: ['A number is NaN', MALFORMED, more('"other":NaN')],
  number_infinity: ['A number is Infinity', MALFORMED, more('"other":Infinity')],
  comma: ['A comma ends an object', MALFORMED, (json) => json.replace(/\}$/, ',}')],
  comment: ['It has a comment', MALFORMED, (json) => json.replace('{', '{/**/')],
  quotes: ['A text has single quotes', MALFORMED, more(`"other":'x'`)],
  tab: ['A text has a tab', MALFORMED, more('"other":"a\tb"')],
  escape: ['A text has the escape \\x', MALFORMED, more('"other":"\\x41"')],
  space: ['A no-break space stands before the value', MALFORMED, (json) => `\u00a0${json}`],
  form_feed: ['A form feed stands before the value', MALFORMED, (json) => `\f${json}`],
  surrogate_low: ['A text has a lone low surrogate', MALFORMED, more('"other":"\\udc00"')],
  surrogate_order: [
    'A text has a surrogate pair in the other order',
    MALFORMED,
    more('"other":"\\udc00\\ud800"'),
  ],
  surrogate_name: ['A name has a lone surrogate', MALFORMED, more('"\\ud800":1')],
  surrogate_list: [
    'A text in a list in a list has a lone surrogate',
    MALFORMED,
    more('"other":[["\\ud800"]]'),
  ],
  surrogate_pair: ['A text has a pair of surrogates', undefined, more('"other":"\\ud83d\\ude00"')],
  proto_inner: ['A name in an inner object is __proto__', MALFORMED, more('"other":{"__proto__":1}')],
  proto_escaped: ['A name is __proto__, with an escape', MALFORMED, more('"\\u005f_proto__":1')],
  twice_inner: ['A name occurs twice in an inner object', MALFORMED, more('"other":[{"a":1,"a":1}]')],
  two_objects: ['A name occurs in two objects', undefined, more('"other":[{"a":1},{"a":1}]')],
  two_values: ['Two values stand one after the other', MALFORMED, (json) => `${json}{}`],
  list: ['The claims are a list', MALFORMED, (json) => `[${json}]`],
  nothing: ['The claims are null', MALFORMED, () => 'null'],
  empty: ['The claims are empty', MALFORMED, () => ''],
}

/** Bytes that are not UTF-8, by name. A case puts them into a text of the claims. */
const BYTES: Readonly<Record<string, readonly [title: string, bytes: readonly number[]]>> = {
  latin: ['a byte of Latin-1', [0xe9]],
  overlong: ['an overlong form', [0xc0, 0xaf]],
  surrogate: ['an encoded surrogate', [0xed, 0xa0, 0x80]],
  above: ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
}

function notUtf8(bytes: readonly number[]): NonNullable<Statement['bytes']> {
  const mark = Buffer.from('"Fictional ngo')
  return (text) => {
    const at = Buffer.from(text).indexOf(mark) + mark.length
    return Buffer.concat([text.subarray(0, at), Uint8Array.from(bytes), text.subarray(at)])
  }
}

/** Fills claims with white space, so that the JWT has the given length. */
function filled(length: number): Statement {
  const rest = signedStatement().length
  return { text: (json) => json + ' '.repeat(Math.floor(((length - rest) * 3) / 4)) }
}

const HEADERS: Readonly<Record<string, readonly [title: string, change: (header: string) => string]>> = {
  order: ['has typ first', (old) => old.replace(/^\{(.*),("typ":"[^"]*")\}$/, '{$2,$1}')],
  space: ['has a space', (old) => old.replace(',', ', ')],
  extra: ['has a member more', (old) => old.replace('}', ',"zip":"DEF"}')],
  jwk: ['has a key of its own', (old) => old.replace('}', `,"jwk":${JSON.stringify(police.entity.jwk)}}`)],
  alg_none: ['names the algorithm none', (old) => old.replace('Ed25519', 'none')],
  alg_eddsa: ['names the algorithm EdDSA', (old) => old.replace('Ed25519', 'EdDSA')],
  typ_jwt: ['has the typ JWT', (old) => old.replace('entity-statement+jwt', 'JWT')],
  typ_invite: ['has the typ of an invite', (old) => old.replace('entity-statement+jwt', 'rex-invite+jwt')],
  typ_rotation: [
    'has the typ of a rotation',
    (old) => old.replace('entity-statement+jwt', 'rex-rotation+jwt'),
  ],
  typ_capital: ['has a capital letter in its typ', (old) => old.replace('entity', 'Entity')],
  no_kid: ['has no kid', (old) => old.replace(/"kid":"[^"]*",/, '')],
}

/** Faults in two places. The order of REX-ID-012 determines which of them decides. */
const PRECEDENCE: readonly (readonly [
  name: string,
  title: string,
  reason: readonly string[],
  circumstances: { readonly nowMs?: number; readonly seenMs?: number; readonly pin?: string },
  plan: Statement,
])[] = [
  ['form_and_pin', 'Its iss is another, and so is the pin.', MALFORMED, { pin: 'police' }, issuedBy()],
  [
    'signature_and_date',
    'It is signed by another organisation, and has expired.',
    INVALID,
    { nowMs: EXPIRES + DAY },
    { signer: police.entity },
  ],
  [
    'pin_and_date',
    'It is that of another organisation, and has expired.',
    INVALID,
    { nowMs: EXPIRES + DAY, pin: 'police' },
    {},
  ],
  [
    'ahead_and_older',
    'It is dated ahead, and a newer one was seen.',
    ['CLOCK_SKEW'],
    { nowMs: ISSUED - DAY, seenMs: ISSUED - DAY + 5 * MINUTE },
    {},
  ],
  [
    'expired_and_older',
    'It has expired, and a newer one was seen.',
    ['EXPIRED'],
    { nowMs: EXPIRES + DAY, seenMs: ISSUED + DAY },
    {},
  ],
]

function issuedBy(): Statement {
  return { change: (all: Claims) => (all.iss = police.organisation) }
}

export function statementEdges(): CaseFile[] {
  const rules = (names: readonly string[], title: string, reason: readonly string[] | undefined) => ({
    title,
    requirements: ['REX-ID-012', ...names],
    reason,
  })
  return [
    ...Object.entries(TEXTS).map(([name, [title, reason, text]]) =>
      configured(`json_${name}`, rules(JSON_RULES, `${title}.`, reason), { text }),
    ),
    ...Object.entries(BYTES).map(([name, [title, bytes]]) =>
      configured(
        `json_utf8_${name}`,
        rules(JSON_RULES, `A text has ${title}, which is no UTF-8.`, MALFORMED),
        {
          bytes: notUtf8(bytes),
        },
      ),
    ),
    ...Object.entries(HEADERS).map(([name, [title, header]]) =>
      configured(
        `configuration_header_${name}`,
        rules(
          ['REX-JOSE-010', 'REX-JOSE-011', 'REX-ID-010'],
          `The header ${title}, and is signed.`,
          MALFORMED,
        ),
        { header },
      ),
    ),
    configured(
      'configuration_kid_other',
      rules(['REX-JOSE-013'], 'It is signed by the entity key under the kid of a message key.', INVALID),
      { kid: ngo.message.thumbprint },
    ),
    configured('configuration_two_parts', rules(['REX-JOSE-022'], 'It has two parts.', MALFORMED), {
      jwt: (jwt) => jwt.slice(0, jwt.lastIndexOf('.')),
    }),
    configured(
      'configuration_sub_of_other',
      rules(['REX-ID-012'], 'It is signed by the pinned key, and names another organisation.', INVALID),
      { change: (all) => (all.iss = all.sub = police.organisation) },
    ),
    configured(
      'configuration_long_expired',
      { ...rules([], 'It expired a year ago.', ['EXPIRED']), nowMs: EXPIRES + 365 * DAY },
      {},
    ),
    configured(
      'configuration_larger',
      rules(['REX-JOSE-022'], 'It has nearly 64 KiB.', undefined),
      filled(65_535),
    ),
    configured(
      'configuration_large',
      rules(['REX-JOSE-022'], 'It has little more than 64 KiB.', LIMIT),
      filled(65_537),
    ),
    ...PRECEDENCE.map(([name, title, reason, circumstances, plan]) =>
      configured(`configuration_order_${name}`, { ...rules([], title, reason), ...circumstances }, plan),
    ),
  ]
}
