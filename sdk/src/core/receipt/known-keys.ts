// The signing keys of organisations according to their statements, in whatever order these come. docs/spec/receipts.md, REX-RCP-020, REX-RCP-028
import type { DatedKey, EntityConfiguration } from '../identity/entity.ts'
import { kid } from '../jose/key.ts'

/** A key that its organisation has revoked as compromised. Times in Unix milliseconds. */
export interface Compromise {
  /** Thumbprint of the key, base64url. */
  readonly kid: string
  /** The time from which somebody else had the key, as the organisation says: the earliest one in its statements. */
  readonly sinceMs: number
  /** Date of the first statement that reports the compromise. */
  readonly saidMs: number
}

/** An organisation and the compromises of its keys, according to all its statements. */
export interface KnownOrganisation {
  readonly organisation: string
  /** Display name in its newest statement. */
  readonly name: string
  /** Date of its newest statement, Unix milliseconds: later revocations are not known. */
  readonly newestMs: number
  readonly compromised: readonly Compromise[]
}

interface Known extends KnownOrganisation {
  readonly messageKeys: readonly DatedKey[]
  readonly receiptKeys: readonly DatedKey[]
}

/** The signing keys of organisations, from verified statements. */
export class KnownKeys {
  readonly #known: ReadonlyMap<string, Known>

  constructor(statements: readonly EntityConfiguration[]) {
    const byOrganisation = Map.groupBy(statements, ({ organisation }) => organisation)
    this.#known = new Map([...byOrganisation].map(([id, list]) => [id, knownFrom(list)]))
  }

  /** The organisations with a statement. */
  organisations(): KnownOrganisation[] {
    return [...this.#known.values()].map(({ organisation, name, newestMs, compromised }) => ({
      organisation,
      name,
      newestMs,
      compromised,
    }))
  }

  /** Message keys with their dates, as if none had been compromised. */
  messageKeys(organisation: string): readonly DatedKey[] {
    return this.#known.get(organisation)?.messageKeys ?? []
  }

  /** Receipt keys with their dates, as if none had been compromised. */
  receiptKeys(organisation: string): readonly DatedKey[] {
    return this.#known.get(organisation)?.receiptKeys ?? []
  }

  /** Whether a key (thumbprint, base64url) was revoked as compromised in any statement of its organisation. */
  compromise(organisation: string, key: string): Compromise | undefined {
    return this.#known.get(organisation)?.compromised.find((found) => found.kid === key)
  }
}

function knownFrom(statements: readonly EntityConfiguration[]): Known {
  const ordered = statements.toSorted((a, b) => a.issuedMs - b.issuedMs || (a.jwt < b.jwt ? -1 : 1))
  const newest = ordered.at(-1) as EntityConfiguration
  return {
    organisation: newest.organisation,
    name: newest.name,
    newestMs: newest.issuedMs,
    compromised: compromisedIn(ordered),
    messageKeys: newestOfEach(ordered.flatMap(({ party }) => party.messageKeys)),
    receiptKeys: newestOfEach(ordered.flatMap(({ party }) => party.gateway.receiptKeys)),
  }
}

/** The newest statement with a key gives its dates. No later statement takes a compromise back. */
function newestOfEach(keys: readonly DatedKey[]): DatedKey[] {
  const byKid = new Map(keys.map((key) => [kid(key.jwk), key]))
  return [...byKid.values()].map(({ revoked, ...key }) =>
    revoked?.reason === 'superseded' ? { ...key, revoked } : key,
  )
}

function compromisedIn(ordered: readonly EntityConfiguration[]): Compromise[] {
  const found = new Map<string, Compromise>()
  for (const { party, issuedMs } of ordered)
    for (const { jwk, revoked } of [...party.messageKeys, ...party.gateway.receiptKeys]) {
      if (revoked?.reason !== 'compromised') continue
      const before = found.get(kid(jwk)) ?? { sinceMs: revoked.atMs, saidMs: issuedMs }
      found.set(kid(jwk), { ...before, kid: kid(jwk), sinceMs: Math.min(before.sinceMs, revoked.atMs) })
    }
  return [...found.values()]
}
