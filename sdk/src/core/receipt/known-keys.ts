// Collects the signing keys of organisations from their statements, which may come in any order. docs/spec/receipts.md, REX-RCP-020,
// REX-RCP-028
import type { DatedKey, EntityConfiguration } from '../identity/entity.ts'
import { kid } from '../jose/key.ts'

/** A key that its organisation has revoked as compromised. Times in Unix milliseconds. */
export interface Compromise {
  /** Thumbprint of the key, base64url. */
  readonly kid: string
  /** Since when the key is compromised: the earliest time that statements of the organisation give. */
  readonly sinceMs: number
  /** Date of the first statement that reports the compromise. */
  readonly saidMs: number
}

/** An organisation and the compromises of its keys, according to all its statements. */
export interface KnownOrganisation {
  readonly organisation: string
  /** Display name in its newest statement. */
  readonly name: string
  /** Date of its newest statement, Unix milliseconds. Revocations after this date are unknown here. */
  readonly newestMs: number
  readonly compromised: readonly Compromise[]
}

interface Known extends KnownOrganisation {
  readonly messageKeys: ReadonlyMap<string, DatedKey>
  readonly receiptKeys: ReadonlyMap<string, DatedKey>
}

/** Returns the time until which a statement proves the signing keys that it lists (REX-RCP-032), in Unix milliseconds. */
type Until = (statement: EntityConfiguration) => number

/** The signing keys of organisations, from verified statements. */
export class KnownKeys {
  readonly #known: ReadonlyMap<string, Known>

  constructor(statements: readonly EntityConfiguration[], until: Until) {
    const byOrganisation = Map.groupBy(statements, ({ organisation }) => organisation)
    this.#known = new Map([...byOrganisation].map(([id, list]) => [id, knownFrom(list, until)]))
  }

  /** Lists the organisations whose statements are known. */
  organisations(): KnownOrganisation[] {
    return [...this.#known.values()].map(({ organisation, name, newestMs, compromised }) => ({
      organisation,
      name,
      newestMs,
      compromised,
    }))
  }

  /** Finds the message key with this thumbprint (base64url), with its dates as if it had not been compromised. Empty if there is no such key. */
  messageKey(organisation: string, key: string): readonly DatedKey[] {
    const found = this.#known.get(organisation)?.messageKeys.get(key)
    return found === undefined ? [] : [found]
  }

  /** Finds the receipt key with this thumbprint (base64url), with its dates as if it had not been compromised. Empty if there is no such key. */
  receiptKey(organisation: string, key: string): readonly DatedKey[] {
    const found = this.#known.get(organisation)?.receiptKeys.get(key)
    return found === undefined ? [] : [found]
  }

  /** Finds the compromise of a key (thumbprint, base64url). Undefined if no statement of its organisation reports a compromise. */
  compromise(organisation: string, key: string): Compromise | undefined {
    return this.#known.get(organisation)?.compromised.find((found) => found.kid === key)
  }
}

function knownFrom(statements: readonly EntityConfiguration[], until: Until): Known {
  const ordered = statements.toSorted((a, b) => a.issuedMs - b.issuedMs || (a.jwt < b.jwt ? -1 : 1))
  const newest = ordered.at(-1) as EntityConfiguration
  return {
    organisation: newest.organisation,
    name: newest.name,
    newestMs: newest.issuedMs,
    compromised: compromisedIn(ordered),
    messageKeys: datedKeys(ordered, until, ({ messageKeys }) => messageKeys),
    receiptKeys: datedKeys(ordered, until, ({ gateway }) => gateway.receiptKeys),
  }
}

/**
 * Collects the keys by thumbprint from statements, oldest first. A later statement cannot retract that a key was in use (REX-RCP-031).
 * Compromises do not change the dates, because they are judged separately.
 */
function datedKeys(
  ordered: readonly EntityConfiguration[],
  until: Until,
  keysIn: (party: EntityConfiguration['party']) => readonly DatedKey[],
): ReadonlyMap<string, DatedKey> {
  const found = new Map<string, DatedKey>()
  const inUseMs = new Map<string, number>()
  for (const statement of ordered)
    for (const { jwk, notBeforeMs, expiresMs, revoked } of keysIn(statement.party)) {
      const id = kid(jwk)
      if (revoked === undefined) inUseMs.set(id, statement.issuedMs)
      const before = found.get(id)
      found.set(id, {
        jwk,
        notBeforeMs: Math.min(notBeforeMs, before?.notBeforeMs ?? Infinity),
        expiresMs: Math.max(Math.min(expiresMs, until(statement)), before?.expiresMs ?? 0),
        ...(revoked?.reason === 'superseded' && {
          revoked: { ...revoked, atMs: Math.max(revoked.atMs, inUseMs.get(id) ?? 0) },
        }),
      })
    }
  return found
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
