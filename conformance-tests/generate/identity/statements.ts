// Cases of entity configurations and invites. docs/spec/identity.md, "Entity configuration", "Pairing"
import type { CaseFile, Refusal } from '../../suite/case.ts'
import { compact, digest, type Jws, jwsHeader, type SigningKey, sign } from '../bytes/crypto.ts'
import { base64url, utf8 } from '../bytes/wire.ts'
import {
  type Claims,
  claimsOf,
  configurationOf,
  DAY,
  hotline,
  MINUTE,
  NOW,
  ngo,
  police,
  seconds,
  statement,
} from '../party.ts'

const ISSUED = NOW - DAY
const EXPIRES = NOW + 30 * DAY

interface Plan {
  readonly claims?: (claims: Claims) => Claims
  readonly signer?: SigningKey
  readonly signed?: (jws: Jws) => Jws
  readonly text?: (jwt: string) => string
  readonly nowMs?: number
  readonly seenMs?: number
  readonly pin?: string
}

function configured(
  name: string,
  title: string,
  reason: readonly string[] | undefined,
  plan: Plan = {},
): CaseFile {
  const { signer = ngo.entity, nowMs = NOW, seenMs = 0, pin = 'ngo' } = plan
  const claims = plan.claims?.(claimsOf(ngo)) ?? claimsOf(ngo)
  const jws = statement(claims, signer, ngo.entity.thumbprint)
  const accepted = { name: base64url(utf8('Fictional ngo')) }
  return {
    name: `configuration_${name}`,
    title,
    requirements: ['REX-ID-012', 'REX-ID-010'],
    features: [],
    operation: 'verify-configuration',
    input: { configuration: (plan.text ?? same)(compact(plan.signed?.(jws) ?? jws)), pin, nowMs, seenMs },
    expect: reason === undefined ? { accepted } : { refused: { reason } },
  }
}

const same = (jwt: string) => jwt
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Other spellings of a JWT that lenient decoders read alike (REX-ENC-020). The signature has 64 bytes, so four bits of its last digit are unused. */
const SPELLINGS: Readonly<Record<string, readonly [title: string, text: (jwt: string) => string]>> = {
  unused_bits: [
    'The unused bits of the last digit of the signature are set.',
    (jwt) => jwt.slice(0, -1) + DIGITS[DIGITS.indexOf(jwt.at(-1) ?? '') + 1],
  ],
  padding: ['The signature is padded.', (jwt) => `${jwt}==`],
  other_alphabet: [
    'Claims and signature have the alphabet of base64.',
    (jwt) => jwt.replaceAll('-', '+').replaceAll('_', '/'),
  ],
  line_end: ['A line end stands behind it.', (jwt) => `${jwt}\n`],
}

const spellings = () =>
  Object.entries(SPELLINGS).map(([name, [title, text]]) => {
    const { requirements, ...given } = configured(`spelling_${name}`, title, ['MALFORMED'], { text })
    return { ...given, requirements: [...requirements, 'REX-ENC-020', 'REX-JOSE-022'] }
  })

const INVALID = ['STATEMENT_INVALID']
const later = (old: Claims) => ({
  ...old,
  metadata: { ...old.metadata, federation_entity: { organization_name: 'Other' } },
})

function configurations(): CaseFile[] {
  return [
    configured('right', 'An entity configuration.', undefined),
    configured(
      'signature_other_key',
      'It is signed by another organisation under the kid of this one.',
      INVALID,
      { signer: police.entity },
    ),
    configured(
      'signature_message_key',
      'It is signed by the message key under the kid of the entity key.',
      INVALID,
      { signer: ngo.message },
    ),
    configured('signature_payload', 'A name was changed after signing.', INVALID, {
      signed: (jws) => ({
        ...jws,
        payload: utf8(JSON.stringify(later(JSON.parse(String(Buffer.from(jws.payload)))))),
      }),
    }),
    configured('other_pin', 'It is that of another organisation than the pinned one.', INVALID, {
      pin: 'police',
    }),
    configured('dated_ahead', 'Its iat is ten minutes in the future.', undefined, {
      nowMs: ISSUED - 10 * MINUTE,
    }),
    configured(
      'dated_too_far_ahead',
      'Its iat is ten minutes and a millisecond in the future.',
      ['CLOCK_SKEW'],
      { nowMs: ISSUED - 10 * MINUTE - 1 },
    ),
    configured('expiring', 'It expires a millisecond from now, tolerance included.', undefined, {
      nowMs: EXPIRES + 10 * MINUTE - 1,
    }),
    configured('expired', 'It expired ten minutes ago.', ['EXPIRED'], { nowMs: EXPIRES + 10 * MINUTE }),
    configured('seen', 'One of the same iat was seen.', undefined, { seenMs: ISSUED }),
    configured('rollback', 'A newer one was seen.', ['STATEMENT_ROLLBACK'], { seenMs: ISSUED + 1000 }),
    configured('two_entity_keys', 'It has two entity keys.', ['MALFORMED'], {
      claims: (old) => ({
        ...old,
        jwks: {
          keys: [...old.jwks.keys, { ...police.entity.jwk, kid: base64url(police.entity.thumbprint) }],
        },
      }),
    }),
    configured('key_kid', 'The kid of a message key is not its thumbprint.', ['MALFORMED', 'KEY_INVALID'], {
      claims: (old) => ({
        ...old,
        metadata: {
          ...old.metadata,
          rex_party: {
            ...old.metadata.rex_party,
            message_keys: {
              keys: [
                { ...old.metadata.rex_party.message_keys.keys[0], kid: base64url(police.message.thumbprint) },
              ],
            },
          },
        },
      }),
    }),
    configured('key_private', 'A message key comes with its private part.', ['KEY_INVALID', 'MALFORMED'], {
      claims: (old) => ({
        ...old,
        metadata: {
          ...old.metadata,
          rex_party: {
            ...old.metadata.rex_party,
            message_keys: {
              keys: [{ ...old.metadata.rex_party.message_keys.keys[0], d: base64url(police.message.seed) }],
            },
          },
        },
      }),
    }),
  ]
}

interface InvitePlan {
  readonly configuration?: string
  readonly signer?: SigningKey
  readonly iss?: string
  readonly nowMs?: number
  readonly signed?: (jws: Jws) => Jws
  /** The invite as it was received. */
  readonly text?: (jwt: string) => string
}

function invited(
  name: string,
  title: string,
  reason: readonly string[] | undefined,
  plan: InvitePlan = {},
): CaseFile {
  const {
    configuration = configurationOf(ngo),
    signer = ngo.entity,
    iss = ngo.organisation,
    nowMs = NOW,
  } = plan
  const claims = { iss, iat: seconds(NOW), exp: seconds(NOW + DAY), entity_configuration: configuration }
  const jws = sign(jwsHeader('rex-invite+jwt', ngo.entity.thumbprint), utf8(JSON.stringify(claims)), signer)
  const refused: Refusal = reason === undefined ? {} : { reason }
  return {
    name: `invite_${name}`,
    title,
    requirements: [
      'REX-ID-040',
      'REX-ID-041',
      ...(reason === undefined ? ['REX-ID-042'] : []),
      ...(plan.text ? ['REX-ENC-033'] : []),
    ],
    features: [],
    operation: 'verify-invite',
    input: { invite: (plan.text ?? String)(compact(plan.signed?.(jws) ?? jws)), nowMs },
    expect:
      reason === undefined
        ? { accepted: { organisation: base64url(utf8(ngo.organisation)), words: base64url(utf8(words())) } }
        : { refused },
  }
}

/** BIP-39 words of the ngo (REX-ID-042), by their numbers in the English list. */
const LISTED: Readonly<Record<number, string>> = {
  96: 'army',
  131: 'away',
  1396: 'purse',
  1399: 'puzzle',
  1785: 'tennis',
  1971: 'wait',
}

function words(): string {
  const text = `${ngo.organisation} ${base64url(ngo.entity.thumbprint)}`
  const bits = BigInt(`0x${Buffer.from(digest('entity-words', utf8(text))).toString('hex')}`)
  const numbers = [0, 1, 2, 3, 4, 5].map((i) => Number((bits >> BigInt(245 - 11 * i)) & 2047n))
  return numbers.map((number) => LISTED[number]).join(' ')
}

export function statements(): CaseFile[] {
  const forged = compact(statement(claimsOf(ngo), police.entity, ngo.entity.thumbprint))
  return [
    ...configurations(),
    ...spellings(),
    invited('right', 'An invite.', undefined),
    invited(
      'quoted',
      'A mail program has quoted and wrapped it, and added a character that nobody sees.',
      undefined,
      {
        text: (jwt) => `> ${jwt.replaceAll(/.{60}/g, '$&\r\n> ')}\u200b\n`,
      },
    ),
    invited('last_moment', 'It expires in a millisecond.', undefined, { nowMs: NOW + DAY - 1 }),
    invited('expired', 'It expires now.', ['EXPIRED'], { nowMs: NOW + DAY }),
    invited(
      'signature_other_key',
      'It is signed by another organisation under the kid of this one.',
      INVALID,
      { signer: police.entity },
    ),
    invited('other_organisation', 'It names another organisation than its configuration.', INVALID, {
      iss: hotline.organisation,
    }),
    invited(
      'forged_configuration',
      'The configuration in it is signed by another organisation under the right kid.',
      INVALID,
      { configuration: forged },
    ),
    invited('configuration_of_other', 'It carries the configuration of another organisation.', INVALID, {
      configuration: configurationOf(police),
      iss: police.organisation,
    }),
  ]
}
