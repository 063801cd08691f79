// Cases of entity configurations that a successor key has signed. docs/spec/identity.md, "Rotation of the entity key"
import type { CaseFile } from '../../suite/case.ts'
import { compact, type SigningKey, signingKey } from '../bytes/crypto.ts'
import { base64url, utf8 } from '../bytes/wire.ts'
import { claimsOf, DAY, NOW, ngo, police, rotation, statement } from '../party.ts'

const INVALID = ['STATEMENT_INVALID']
const [second, third] = [signingKey('ngo entity 2'), signingKey('ngo entity 3')]

/**
 * Makes the case of an entity configuration that contains rotations. `key`: the entity key that it names. `signer`: the key
 * that signs it.
 */
function rotated(
  name: string,
  title: string,
  reason: readonly string[] | undefined,
  under: { readonly rotations?: readonly string[]; readonly key?: SigningKey; readonly signer?: SigningKey },
): CaseFile {
  const { rotations, key = second, signer = key } = under
  const claims = claimsOf(ngo)
  claims.jwks = { keys: [{ ...key.jwk, kid: base64url(key.thumbprint) }] }
  if (rotations !== undefined) claims.metadata.rex_party.entity_rotations = rotations
  const configuration = compact(statement(claims, signer, key.thumbprint))
  const accepted = { name: base64url(utf8('Fictional ngo')) }
  return {
    name: `rotation_${name}`,
    title,
    requirements: ['REX-ID-075', 'REX-ID-076'],
    features: [],
    operation: 'verify-configuration',
    input: { configuration, pin: 'ngo', nowMs: NOW, seenMs: 0 },
    expect: reason === undefined ? { accepted } : { refused: { reason } },
  }
}

/** Eighteen keys, and the rotations from each to the next. */
const many = [ngo.entity, ...Array.from({ length: 17 }, (_, i) => signingKey(`ngo entity ${i + 2}`))]
const line = many.slice(1).map((to, i) => rotation(many[i] as SigningKey, to))

/** Makes cases with rotations that a receiver follows, and with rotations whose signatures are invalid. */
function followed(): CaseFile[] {
  const first = rotation(ngo.entity, second)
  return [
    rotated('once', 'The pinned key leads to the one that signs.', undefined, { rotations: [first] }),
    rotated('twice', 'The pinned key leads to the one that signs by two rotations.', undefined, {
      rotations: [first, rotation(second, third)],
      key: third,
    }),
    rotated('dates_descend', 'The second of two rotations is dated before the first.', undefined, {
      rotations: [first, rotation(second, third, { issuedMs: NOW - 2 * DAY })],
      key: third,
    }),
    rotated('sixteen', 'It carries sixteen rotations.', undefined, {
      rotations: line.slice(0, 16),
      key: many[16] as SigningKey,
    }),
    rotated('missing', 'It is signed by another key, to which nothing leads.', INVALID, {}),
    rotated(
      'signature_other_key',
      'The rotation is signed by the new key under the kid of the old one.',
      INVALID,
      {
        rotations: [rotation(ngo.entity, second, { signer: second })],
      },
    ),
    rotated(
      'second_signature_other_key',
      'The second of two rotations is signed by another organisation.',
      INVALID,
      {
        rotations: [first, rotation(second, third, { signer: police.entity })],
        key: third,
      },
    ),
    rotated(
      'statement_old_key',
      'The statement is signed by the key that gave way, under the kid of the new one.',
      INVALID,
      {
        rotations: [first],
        signer: ngo.entity,
      },
    ),
    rotated('from_other', 'The rotation leads from a key that is not pinned.', INVALID, {
      rotations: [rotation(police.entity, second)],
    }),
  ]
}

/** Makes cases whose rotations do not form one line to the signing key. */
function broken(): CaseFile[] {
  const first = rotation(ngo.entity, second)
  const malformed = (name: string, title: string, listed: readonly string[], key = second) =>
    rotated(name, title, ['MALFORMED'], { rotations: listed, key })
  return [
    malformed('other_organisation', 'The rotation is of another organisation.', [
      rotation(ngo.entity, second, { organisation: police.organisation }),
    ]),
    malformed('other_end', 'The rotations lead to another key than the one that signs.', [first], third),
    malformed(
      'gap',
      'The second rotation leads from another key than the first one led to.',
      [first, rotation(third, police.entity)],
      police.entity,
    ),
    malformed(
      'loop',
      'The rotations lead back to the first key.',
      [first, rotation(second, ngo.entity)],
      ngo.entity,
    ),
    malformed('seventeen', 'It carries seventeen rotations.', line, many[17] as SigningKey),
    malformed('none', 'The list of rotations is empty.', []),
    malformed('one_key', 'The rotation names one key.', [rotation(ngo.entity, second, { keys: [second] })]),
    malformed('keys_exchanged', 'The rotation names the new key first.', [
      rotation(ngo.entity, second, { keys: [second, ngo.entity] }),
    ]),
    malformed('type', 'The rotation has the type of an invite.', [
      rotation(ngo.entity, second, { type: 'rex-invite+jwt' }),
    ]),
  ]
}

export function rotations(): CaseFile[] {
  return [...followed(), ...broken()]
}
