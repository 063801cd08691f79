// Makes the content of parties.json: organisations, and their entity configurations with keys of every validity that cases need.
import type { Parties } from '../suite/case.ts'
import { compact, type SigningKey, signingKey } from './bytes/crypto.ts'
import { base64url } from './bytes/wire.ts'
import {
  claimsOf,
  configurationOf,
  DAY,
  hotline,
  MINUTE,
  NOW,
  ngo,
  type Party,
  party,
  police,
  statement,
  type Validity,
} from './party.ts'

const LATEST = 14 * DAY + 10 * MINUTE

/**
 * Validities of signing keys. `young` becomes usable at NOW; `old` and `superseded` stop being usable just before NOW. `compromised` is
 * compromised from a day after NOW, and `compromised_early` from a day before NOW.
 */
export const VALIDITIES: Readonly<Record<string, Validity>> = {
  young: { from: NOW + 10 * MINUTE },
  old: { until: NOW - LATEST },
  superseded: { revoked: { reason: 'superseded', at: NOW - LATEST } },
  superseded_later: { until: NOW - LATEST, revoked: { reason: 'superseded', at: NOW + DAY } },
  compromised: { revoked: { reason: 'compromised', at: NOW + DAY } },
  compromised_early: { revoked: { reason: 'compromised', at: NOW - DAY } },
}

/** Labels of the second message key of the hotline, and of the second receipt key of the ngo. */
export const SECOND_KEYS = { hotline: 'hotline message 2', ngo: 'ngo receipt 2' } as const

/** Organisations beside the others, so that a message can have 17 recipients. They have the authority of the ngo. */
export const OFFICES = Array.from({ length: 15 }, (_, i) => `office-${i + 1}`)

const organisations: Readonly<Record<string, Party>> = { hotline, ngo, police }

export function parties(): Parties {
  const entries = Object.entries(organisations)
  return {
    parties: Object.fromEntries(
      entries.map(([name, { organisation, entity, epoch, seed, message, receipt }]) => [
        name,
        {
          organisation,
          entityKey: base64url(entity.public),
          epoch,
          seed: base64url(seed),
          messageKey: base64url(message.seed),
          receiptKey: base64url(receipt.seed),
        },
      ]),
    ),
    configurations: Object.fromEntries([
      ...entries.map(([name, party]) => [name, configurationOf(party)]),
      ['ngo_rex1', weaker(ngo)],
      ...OFFICES.map((name) => [name, configurationOf(party(name))]),
      ['hotline_forged', forged(hotline)],
      ['police_forged', forged(police)],
      ['hotline_newer_revoked', revokedSince()],
      ['hotline_older_key', beforeChange()],
      ['hotline_two_keys', withSecond(hotline, 'message_keys')],
      ['ngo_two_keys', withSecond(ngo, 'receipt_keys')],
      ...['hotline', 'ngo'].flatMap((name) =>
        Object.entries(VALIDITIES).map(([validity, dates]) => [
          `${name}_${validity}`,
          configurationOf(organisations[name] as Party, dates),
        ]),
      ),
    ]),
  }
}

/** Makes the configuration of an organisation, but signs it with the entity key of the ngo. The header states the `kid` of the organisation. */
function forged(whose: Party): string {
  return compact(statement(claimsOf(whose), ngo.entity, whose.entity.thumbprint))
}

/** Makes a configuration of the hotline that is an hour newer than its usual one, and whose message key is superseded. */
function revokedSince(): string {
  const claims = claimsOf(hotline, VALIDITIES.superseded)
  claims.iat += 3600
  return compact(statement(claims, hotline.entity))
}

/** Makes a configuration of the hotline that is an hour older than its usual one, and contains only its second key. */
function beforeChange(): string {
  const claims = claimsOf({ ...hotline, message: signingKey(SECOND_KEYS.hotline) })
  claims.iat -= 3600
  return compact(statement(claims, hotline.entity))
}

/** Makes the configuration of an organisation that has two keys of a kind. */
function withSecond(whose: Party, kind: 'message_keys' | 'receipt_keys'): string {
  const claims = claimsOf(whose)
  const { rex_party: party } = claims.metadata
  const { keys } = kind === 'message_keys' ? party[kind] : party.gateway[kind]
  keys.push({
    ...keys[0],
    ...namedBy(signingKey(kind === 'message_keys' ? SECOND_KEYS.hotline : SECOND_KEYS.ngo)),
  })
  return compact(statement(claims, whose.entity))
}

function namedBy({ jwk, thumbprint }: SigningKey): object {
  return { ...jwk, kid: base64url(thumbprint) }
}

/** Makes the configuration of an organisation that offers only REX-1 and an undefined suite. */
function weaker(whose: Party): string {
  const claims = claimsOf(whose)
  claims.metadata.rex_party.suites = ['REX-1', 'REX-9']
  return compact(statement(claims, whose.entity))
}
