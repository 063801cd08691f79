// Cases of invites and rotations: their claims, their signatures, and characters that mail programs add.
// docs/spec/identity.md, "Pairing", "Rotation of the entity key"
import type { CaseFile } from '../../suite/case.ts'
import { compact, type Jws, jwsHeader, type SigningKey, sign, signingKey } from '../bytes/crypto.ts'
import { base64url, utf8 } from '../bytes/wire.ts'
import { type Claims, configurationOf, DAY, NOW, ngo, police, rotation, seconds } from '../party.ts'
import {
  configured,
  EITHER,
  INVALID,
  LIMIT,
  MALFORMED,
  namedKey,
  type Statement,
  signedStatement,
} from './form.ts'

interface Invite {
  readonly change?: (claims: Claims) => void
  readonly configuration?: string
  readonly signer?: SigningKey
  readonly kid?: Uint8Array
  readonly header?: (header: string) => string
  readonly text?: (jwt: string) => string
  readonly nowMs?: number
}

function invited(name: string, title: string, reason: readonly string[] | undefined, plan: Invite): CaseFile {
  const { configuration = configurationOf(ngo), signer = ngo.entity, kid = ngo.entity.thumbprint } = plan
  const claims: Claims = {
    iss: ngo.organisation,
    iat: seconds(NOW),
    exp: seconds(NOW + DAY),
    entity_configuration: configuration,
  }
  plan.change?.(claims)
  const jws: Jws = sign(
    (plan.header ?? String)(jwsHeader('rex-invite+jwt', kid)),
    utf8(JSON.stringify(claims)),
    signer,
  )
  const accepted = { organisation: base64url(utf8(ngo.organisation)) }
  return {
    name: `invite_${name}`,
    title,
    requirements: ['REX-ID-040', 'REX-ID-041', ...(plan.text ? ['REX-ENC-033'] : [])],
    features: [],
    operation: 'verify-invite',
    input: { invite: (plan.text ?? String)(compact(jws)), nowMs: plan.nowMs ?? NOW },
    expect: reason === undefined ? { accepted } : { refused: { reason } },
  }
}

/** Characters that mail programs add and that a reader ignores, and some that it does not ignore. */
const ADDED: Readonly<Record<string, string>> = {
  soft_hyphen: '\u00ad',
  zero_width: '\u200b\u200c\u200d',
  word_joiner: '\u2060',
  mark: '\ufeff',
  tab: '\t',
  carriage_return: '\r',
}
/** Number of filler characters that make an invite 126 to 128 KiB long. */
const FILLER = 131_072 * 0.75 - configurationOf(ngo).length - 1500
const within = (added: string) => (jwt: string) => `${jwt.slice(0, 40)}${added}${jwt.slice(40)}`

function invites(): CaseFile[] {
  const ended = (whose: Statement) => signedStatement(whose)
  const old = ended({
    change: (all) => Object.assign(all, { iat: seconds(NOW - 60 * DAY), exp: seconds(NOW - DAY) }),
  })
  const ahead = ended({ change: (all) => (all.iat = seconds(NOW + DAY)) })
  return [
    ...Object.entries(ADDED).map(([name, added]) =>
      invited(`added_${name}`, `A mail program has added a character: ${name}.`, undefined, {
        text: within(added),
      }),
    ),
    invited('large', 'It has nearly 128 KiB.', undefined, {
      change: (claims) => (claims.filler = 'x'.repeat(FILLER)),
    }),
    invited('too_large', 'It has more than 128 KiB.', LIMIT, {
      change: (claims) => (claims.filler = 'x'.repeat(FILLER + 3000)),
    }),
    invited('added_star', 'A star stands within it.', MALFORMED, { text: within('*') }),
    invited('added_quotation', 'A quotation mark stands within a line.', MALFORMED, { text: within('>') }),
    invited('added_padding', 'It is padded.', MALFORMED, { text: (jwt) => `${jwt}==` }),
    invited('without_exp', 'It has no exp.', MALFORMED, { change: (claims) => delete claims.exp }),
    invited('without_iat', 'It has no iat.', MALFORMED, { change: (claims) => delete claims.iat }),
    invited('iat_text', 'Its iat is a text.', MALFORMED, {
      change: (claims) => (claims.iat = String(claims.iat)),
    }),
    invited('without_iss', 'It has no iss.', MALFORMED, { change: (claims) => delete claims.iss }),
    invited('without_configuration', 'It has no configuration.', MALFORMED, {
      change: (claims) => delete claims.entity_configuration,
    }),
    invited('dated_ahead', 'It is dated a year ahead, which has no effect.', undefined, {
      change: (claims) => (claims.iat = seconds(NOW + 365 * DAY)),
      nowMs: NOW,
    }),
    invited('other_claims', 'It has a claim more.', undefined, { change: (claims) => (claims.aud = 'x') }),
    invited('kid_other', 'It is signed by the entity key under the kid of a message key.', INVALID, {
      kid: ngo.message.thumbprint,
    }),
    invited('message_key', 'It is signed by the message key, under its kid.', INVALID, {
      kid: ngo.message.thumbprint,
      signer: ngo.message,
    }),
    invited('typ', 'It has the typ of an entity configuration.', MALFORMED, {
      header: (header) => header.replace('rex-invite+jwt', 'entity-statement+jwt'),
    }),
    invited('configuration_alone', 'The text is an entity configuration.', MALFORMED, {
      text: () => configurationOf(ngo),
    }),
    invited('configuration_expired', 'The configuration in it expired a day ago.', ['EXPIRED'], {
      configuration: old,
    }),
    invited('configuration_ahead', 'The configuration in it is dated a day ahead.', ['CLOCK_SKEW'], {
      configuration: ahead,
    }),
    invited('configuration_malformed', 'The configuration in it has no name.', MALFORMED, {
      configuration: ended({ change: (all) => delete all.metadata.federation_entity }),
    }),
    invited('configuration_quoted', 'The configuration in it has a space.', MALFORMED, {
      configuration: ` ${configurationOf(ngo)}`,
    }),
    invited('long_expired', 'It expired a year ago.', ['EXPIRED'], { nowMs: NOW + 365 * DAY }),
  ]
}

const [second, third] = [signingKey('ngo entity 2'), signingKey('ngo entity 3')] as const

/** Signs a rotation whose claims `change` may alter. */
function rotationWith(
  change: (claims: Claims) => void,
  kid = ngo.entity.thumbprint,
  signer = ngo.entity,
): string {
  const claims: Claims = {
    iss: ngo.organisation,
    iat: seconds(NOW - DAY),
    jwks: { keys: [namedKey(ngo.entity), namedKey(second)] },
  }
  change(claims)
  return compact(sign(jwsHeader('rex-rotation+jwt', kid), utf8(JSON.stringify(claims)), signer))
}

const ROTATIONS: readonly (readonly [
  name: string,
  title: string,
  reason: readonly string[] | undefined,
  rotations: readonly string[],
])[] = [
  [
    'three_keys',
    'A rotation names three keys.',
    MALFORMED,
    [rotationWith((c) => c.jwks.keys.push(namedKey(third)))],
  ],
  ['without_iat', 'A rotation has no iat.', MALFORMED, [rotationWith((c) => delete c.iat)]],
  ['without_iss', 'A rotation has no iss.', MALFORMED, [rotationWith((c) => delete c.iss)]],
  ['other_claims', 'A rotation has a claim more.', undefined, [rotationWith((c) => (c.note = 'x'))]],
  [
    'key_without_kid',
    'A key of a rotation has no kid.',
    EITHER,
    [rotationWith((c) => delete c.jwks.keys[1].kid)],
  ],
  [
    'signed_by_next',
    'A rotation is signed by the key that takes over, under its kid.',
    MALFORMED,
    [rotationWith(() => {}, second.thumbprint, second)],
  ],
  [
    'kid_other',
    'A rotation is signed by the key that gives way, under the kid of the other.',
    MALFORMED,
    [rotationWith(() => {}, second.thumbprint)],
  ],
  [
    'long',
    'A rotation has more than 1024 characters.',
    LIMIT,
    [rotationWith((c) => (c.note = 'x'.repeat(900)))],
  ],
  [
    'older_kid',
    'The first of two rotations, before the pinned key, has the kid of the key that takes over.',
    MALFORMED,
    [rotationBefore(ngo.entity.thumbprint), rotation(ngo.entity, second)],
  ],
  [
    'older_broken',
    'The first of two rotations, before the pinned key, is not signed by its key.',
    undefined,
    beforePin(),
  ],
]

/** Signs a rotation from an earlier key to the ngo's key, under the given kid. */
function rotationBefore(kid: Uint8Array): string {
  const earlier = signingKey('ngo entity 0')
  const change = (claims: Claims) => (claims.jwks.keys = [namedKey(earlier), namedKey(ngo.entity)])
  return rotationWith(change, kid, earlier)
}

/** Two rotations, of which the first, before the pinned key, is forged: a receiver of the later key does not need it (REX-ID-076). */
function beforePin(): readonly string[] {
  const earlier = signingKey('ngo entity 0')
  return [rotation(earlier, ngo.entity, { signer: police.entity }), rotation(ngo.entity, second)]
}

function rotations(): CaseFile[] {
  return ROTATIONS.map(([name, title, reason, list]) =>
    configured(
      `rotation_${name}`,
      { title, requirements: ['REX-ID-075', 'REX-ID-076'], reason },
      {
        kid: second.thumbprint,
        signer: second,
        change: (claims, party) => {
          claims.jwks.keys = [namedKey(second)]
          party.entity_rotations = list
        },
      },
    ),
  )
}

export function inviteEdges(): CaseFile[] {
  return [...invites(), ...rotations()]
}
