import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TestParty, testParty } from '../../testing/parties/party.ts'
import { equal, toBase64url } from '../encoding/encoding.ts'
import { signJwt } from '../jose/jose.ts'
import { kid, thumbprint } from '../jose/key.ts'
import { parseJwt } from '../jose/strict.ts'
import { LIMITS } from '../limits.ts'
import { keyAt, parseEntityConfiguration, verifyEntityConfiguration } from './entity.ts'
import { advance, epochAt, epochFor, publicEpochs } from './epoch.ts'
import { entityWords, signInvite, verifyInvite } from './invite.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const DAY = 24 * 60 * 60_000

let ngo: TestParty
let police: TestParty

beforeAll(async () => {
  ;[ngo, police] = (await Promise.all([
    testParty('ngo', { now: NOW }),
    testParty('police', { now: NOW }),
  ])) as [TestParty, TestParty]
})

const expectation = () => ({ entityKey: ngo.entity.key, organisation: ngo.organisation, now: NOW })
/** Changes the claims of the NGO's configuration and signs them again. */
const resigned = (change: (claims: Record<string, never>) => void, signer = ngo.entity) => {
  const claims = structuredClone(
    parseJwt('entity-statement', ngo.configuration.jwt, LIMITS.entityConfiguration).claims,
  ) as Record<string, never>
  change(claims)
  return signJwt('entity-statement', claims, signer)
}

interface PartyClaims extends Record<string, unknown> {
  epochs: unknown[]
  readonly gateway: Record<string, unknown>
}

/** Changes the party claims of the NGO's configuration and signs it again. */
const withParty = (change: (party: PartyClaims) => void) =>
  resigned((claims) => {
    const { metadata } = claims as { metadata?: { rex_party: PartyClaims } }
    change(metadata?.rex_party as PartyClaims)
  })

describe('entity configuration', () => {
  test.each<[path: string, changes: Record<string, unknown[]>]>([
    [
      'endpoints',
      {
        empty: [],
        space: ['a b:443'],
        'no port': ['host'],
        capitals: ['Host.example:443'],
        'port 0': ['host.example:0'],
      },
    ],
    [
      'endpoints',
      {
        'large port': ['host.example:65536'],
        zeros: ['host.example:0443'],
        octal: ['0177.0.0.1:443'],
        link: ['https://host.example:443'],
        zone: ['[fe80::1%1]:443'],
      },
    ],
    ['versions', { empty: [] }],
    ['suites', { empty: [] }],
  ])('REX-ID-010 %s: a statement with another form is refused with its path', async (name, changes) => {
    for (const [fault, value] of Object.entries(changes)) {
      const wrong = await withParty((party) => {
        const holder = name === 'endpoints' ? party.gateway : party
        holder[name] = value
      })
      expect(() => parseEntityConfiguration(wrong), fault).toThrow(
        expect.objectContaining({ reason: 'MALFORMED', path: expect.stringContaining(`.${name}`) }),
      )
    }
  })
  test('REX-ID-010 endpoints of every form are accepted: name, IPv4, IPv6', async () => {
    const endpoints = ['gateway.example:7443', '127.0.0.1:1', '[::1]:65535', '[2001:db8::7]:443']
    const changed = await withParty(({ gateway }) => {
      gateway.endpoints = endpoints
    })
    expect(parseEntityConfiguration(changed).party.gateway.endpoints).toEqual(endpoints)
  })
  test('REX-ID-010 repeated or descending epochs, and an authority that is not one DER SEQUENCE, are refused', async () => {
    const epochsOf = (order: (epochs: unknown[]) => unknown[]) =>
      withParty((party) => {
        party.epochs = order(party.epochs)
      })
    const orders = [
      (epochs: unknown[]) => epochs.toReversed(),
      ([first, ...rest]: unknown[]) => [first, first, ...rest],
    ]
    for (const wrong of await Promise.all(orders.map(epochsOf)))
      expect(() => parseEntityConfiguration(wrong)).toThrow(
        expect.objectContaining({ reason: 'MALFORMED', path: expect.stringContaining('.epochs') }),
      )
    const authority = Buffer.from(ngo.configuration.party.gateway.authority)
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(32),
      authority.subarray(1),
      authority.subarray(0, -1),
      Buffer.concat([authority, Buffer.of(0)]),
      Buffer.of(0x30, 0x81, 1, 0),
    ]) {
      const wrong = await withParty(({ gateway }) => {
        gateway.ca = toBase64url(bytes)
      })
      expect(() => parseEntityConfiguration(wrong)).toThrow(
        expect.objectContaining({ reason: 'MALFORMED', path: expect.stringContaining('.ca') }),
      )
    }
  })
  test('contains what was signed', async () => {
    const verified = await verifyEntityConfiguration(ngo.configuration.jwt, expectation())
    expect(verified.party.suites).toEqual(['REX-2', 'REX-1'])
    expect(verified.party.epochs).toHaveLength(LIMITS.epochsAhead)
    expect(verified.party.messageKeys[0]?.jwk).toEqual(ngo.message.key)
    expect(verified.name).toBe('ngo')
    expect(verified.jwt.length).toBeLessThan(LIMITS.entityConfiguration)
  })

  test('a statement of somebody else, or by another key, is refused', async () => {
    const wrong = { ...expectation(), organisation: police.organisation }
    await expect(verifyEntityConfiguration(ngo.configuration.jwt, wrong)).rejects.toMatchObject({
      reason: 'STATEMENT_INVALID',
    })
    const other = { ...expectation(), entityKey: police.entity.key }
    await expect(verifyEntityConfiguration(ngo.configuration.jwt, other)).rejects.toMatchObject({
      reason: 'STATEMENT_INVALID',
    })
    await expect(
      verifyEntityConfiguration(await resigned(() => {}, police.entity), expectation()),
    ).rejects.toThrow()
  })

  test('T-032 a statement that is older than the last one, expired or from the future is refused', async () => {
    const seen = { ...expectation(), seenIssuedMs: NOW + 1000 }
    await expect(verifyEntityConfiguration(ngo.configuration.jwt, seen)).rejects.toMatchObject({
      reason: 'STATEMENT_ROLLBACK',
    })
    const late = { ...expectation(), now: ngo.configuration.expiresMs + LIMITS.skew }
    await expect(verifyEntityConfiguration(ngo.configuration.jwt, late)).rejects.toMatchObject({
      reason: 'EXPIRED',
    })
    const early = { ...expectation(), now: NOW - LIMITS.skew - 1000 }
    await expect(verifyEntityConfiguration(ngo.configuration.jwt, early)).rejects.toMatchObject({
      reason: 'CLOCK_SKEW',
    })
  })

  test.each<[string, (claims: never) => void, string]>([
    [
      'iss that is not sub',
      (c: { iss: string }) => void Object.assign(c, { iss: 'https://police.example' }),
      'iss',
    ],
    [
      'a subject that is no identifier',
      (c: object) => void Object.assign(c, { sub: 'https://NGO.example' }),
      'sub',
    ],
    ['no entity key', (c: { jwks: object }) => void Object.assign(c.jwks, { keys: [] }), 'jwks.keys'],
    ['an end before the beginning', (c: object) => void Object.assign(c, { exp: 1 }), 'exp'],
    ['a time that is no number', (c: object) => void Object.assign(c, { iat: '1' }), 'iat'],
    ['no metadata', (c: object) => void Object.assign(c, { metadata: [] }), 'metadata'],
  ] as never)('%s is refused', async (_name, change, path) => {
    const jwt = await resigned(change as never)
    expect(() => parseEntityConfiguration(jwt)).toThrow(
      expect.objectContaining({ reason: 'MALFORMED', path }),
    )
  })

  const needsIn = (needs: unknown) =>
    resigned((claims) => {
      const { rex_party } = (claims as never as { metadata: { rex_party: object } }).metadata
      Object.assign(rex_party, { needs })
    })

  test('REX-ID-015 needs are stated by kind; paths and members of a newer version are harmless', async () => {
    expect(ngo.configuration.party).not.toHaveProperty('needs')
    const needs = { 'victim-support': { must: ['triage.risk'], should: ['people.newName'] }, 'new-kind': {} }
    const signed = await testParty('ngo', {
      now: NOW,
      change: (draft) => ({ ...draft, party: { ...draft.party, needs } }),
    })
    expect(signed.configuration.party.needs).toEqual(needs)
    const newer = await needsIn({ advisory: { must: ['triage'], may: 1 } })
    expect(parseEntityConfiguration(newer).party.needs).toEqual({ advisory: { must: ['triage'] } })
  })

  test.each([
    ['no object', ['advisory'], 'metadata.rex_party.needs'],
    ['a kind that is no code', { Advisory: {} }, 'metadata.rex_party.needs'],
    ['a kind that needs no object', { advisory: [] }, 'metadata.rex_party.needs.advisory'],
    ['no list', { advisory: { must: 'triage' } }, 'metadata.rex_party.needs.advisory.must'],
    ['no path', { advisory: { must: ['triage..risk'] } }, 'metadata.rex_party.needs.advisory.must[0]'],
    [
      'a long path',
      { advisory: { should: ['a'.repeat(201)] } },
      'metadata.rex_party.needs.advisory.should[0]',
    ],
    ['too many paths', { advisory: { must: Array(65).fill('a') } }, 'metadata.rex_party.needs.advisory.must'],
    [
      'too many kinds',
      Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, {}])),
      'metadata.rex_party.needs',
    ],
  ])('REX-ID-015 needs that are %s are refused', async (_, needs, path) => {
    const jwt = await needsIn(needs)
    expect(() => parseEntityConfiguration(jwt)).toThrow(
      expect.objectContaining({ reason: 'MALFORMED', path }),
    )
  })

  test('T-009 a low-order key in a statement is refused', async () => {
    const identity = toBase64url(Uint8Array.of(1, ...new Uint8Array(31)))
    const jwt = await resigned((claims) => {
      const keys = (claims as never as { metadata: { rex_party: { message_keys: { keys: object[] } } } })
        .metadata.rex_party.message_keys.keys
      Object.assign(keys[0] as object, { x: identity, kid: kid({ kty: 'OKP', crv: 'Ed25519', x: identity }) })
    })
    expect(() => parseEntityConfiguration(jwt)).toThrow(expect.objectContaining({ reason: 'KEY_INVALID' }))
  })

  test.each(['d', 'alg', 'jku'])('REX-JOSE-031 a message key with the member %s is refused', async (name) => {
    const jwt = await resigned((claims) => {
      const keys = (claims as never as { metadata: { rex_party: { message_keys: { keys: object[] } } } })
        .metadata.rex_party.message_keys.keys
      Object.assign(keys[0] as object, { [name]: 'AAAA' })
    })
    expect(() => parseEntityConfiguration(jwt)).toThrow(expect.objectContaining({ reason: 'KEY_INVALID' }))
  })

  test('a statement that is too large is refused before it is parsed', () => {
    expect(() => parseEntityConfiguration('a'.repeat(LIMITS.entityConfiguration + 1))).toThrow(
      expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }),
    )
  })
})

describe('message keys over time', () => {
  const key = {
    jwk: { kty: 'OKP', crv: 'Ed25519', x: '' } as const,
    notBeforeMs: NOW,
    expiresMs: NOW + 30 * DAY,
  }
  const usable = (change: object, atMs: number) => {
    const dated = { ...key, jwk: ngo.message.key, ...change }
    try {
      keyAt([dated], thumbprint(ngo.message.key), atMs)
      return true
    } catch {
      return false
    }
  }
  test('T-035 a superseded key remains valid during the overlap', () => {
    const revoked = { revoked: { reason: 'superseded' as const, atMs: NOW + DAY } }
    expect(usable({}, NOW - LIMITS.skew)).toBe(true)
    expect(usable({}, NOW - LIMITS.skew - 1)).toBe(false)
    expect(usable(revoked, NOW + DAY + LIMITS.maxLifetime)).toBe(true)
    expect(usable(revoked, NOW + DAY + LIMITS.maxLifetime + LIMITS.skew)).toBe(false)
  })
  test('T-036 a compromised key is never valid', () => {
    expect(usable({ revoked: { reason: 'compromised' as const, atMs: NOW + DAY } }, NOW)).toBe(false)
  })
  test('an unknown key is refused', () => {
    expect(() => keyAt([], thumbprint(ngo.message.key), NOW)).toThrow(
      expect.objectContaining({ reason: 'KEY_INVALID' }),
    )
  })
})

describe('epochs', () => {
  const chain = { epoch: epochAt(NOW), seed: randomBytes(32) }

  test('the chain is one-way, and gives the same keys by every route', async () => {
    const direct = await publicEpochs(chain, chain.epoch + 3, 1)
    const stepped = await publicEpochs(
      advance(advance(chain, chain.epoch + 1), chain.epoch + 2),
      chain.epoch + 3,
      1,
    )
    expect(direct).toEqual(stepped)
    expect(equal(advance(chain, chain.epoch + 1).seed, chain.seed)).toBe(false)
    expect(advance(chain, chain.epoch - 5)).toEqual(chain)
  })

  test('the current epoch is used; past the last one, the last one with a warning', async () => {
    const epochs = await publicEpochs(chain, chain.epoch, 2)
    expect(epochFor(epochs, NOW)).toEqual({ keys: epochs[0], stale: false })
    expect(epochFor(epochs, NOW + 60 * DAY)).toEqual({ keys: epochs[1], stale: true })
    expect(() => epochFor([], NOW)).toThrow(expect.objectContaining({ reason: 'STATEMENT_INVALID' }))
  })
})

describe('invites', () => {
  const invite = (now = NOW) =>
    signInvite(ngo.configuration.jwt, { signer: ngo.entity, now, expiresMs: now + 30 * DAY })

  test('an invite yields the organisation and the six words that both sides see', async () => {
    const { configuration, words } = await verifyInvite(await invite(), NOW)
    expect(configuration.organisation).toBe(ngo.organisation)
    expect(words).toHaveLength(6)
    expect(words).toEqual(entityWords(ngo.organisation, ngo.entity.key))
    expect(words).not.toEqual(entityWords(ngo.organisation, police.entity.key))
  })

  test('T-152 an invite wrapped by a mail program is the same invite', async () => {
    const whole = await invite()
    const wrapped = `\ufeff${whole.match(/.{1,76}/g)?.join(' \r\n> ')}\r\n`
    expect((await verifyInvite(wrapped, NOW)).words).toEqual((await verifyInvite(whole, NOW)).words)
  })

  test('expired, signed by another, or about another organisation: refused', async () => {
    await expect(verifyInvite(await invite(), NOW + 31 * DAY)).rejects.toMatchObject({ reason: 'EXPIRED' })
    const forged = await signInvite(ngo.configuration.jwt, {
      signer: police.entity,
      now: NOW,
      expiresMs: NOW + DAY,
    })
    await expect(verifyInvite(forged, NOW)).rejects.toMatchObject({ reason: 'STATEMENT_INVALID' })
    const claims = {
      iss: police.organisation,
      iat: NOW / 1000,
      exp: NOW / 1000 + 60,
      entity_configuration: ngo.configuration.jwt,
    }
    await expect(verifyInvite(await signJwt('invite', claims, ngo.entity), NOW)).rejects.toMatchObject({
      reason: 'STATEMENT_INVALID',
    })
  })
})
