// Selects the statements that a bundle needs, so that its signatures can be verified. docs/spec/receipts.md, REX-RCP-020
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { toBase64url } from '../encoding/encoding.ts'
import { parseManifest } from '../envelope/manifest.ts'
import { type DatedKey, type EntityConfiguration, parseEntityConfiguration } from '../identity/entity.ts'
import { tookOverFrom } from '../identity/rotation.ts'
import { kid } from '../jose/key.ts'
import { parseStoredReceipt } from './stored.ts'

/** Summarises the signing keys of a statement and their revocations as a string. Statements that say the same about their keys give equal strings. */
export function signingKeysOf({ entityKey, party }: EntityConfiguration): string {
  const keys = [party.messageKeys, party.gateway.receiptKeys].map((list) => list.map(named).toSorted())
  return JSON.stringify([kid(entityKey), ...keys])
}

function named({ jwk, revoked }: DatedKey): string {
  return revoked === undefined ? kid(jwk) : `${kid(jwk)} ${revoked.reason} ${revoked.atMs}`
}

/**
 * Selects the statements (JWTs) needed for these messages: for every organisation involved, each statement that lists a signing key,
 * including revoked keys, and the newest statement. `kept` returns the available statements of an organisation, oldest first.
 */
export function statementsFor(
  messages: readonly EvidenceMessage[],
  kept: (organisation: string) => readonly string[],
): string[] {
  const { organisations, keys } = signersOf(messages)
  return [...organisations].flatMap((organisation) => relevant(kept(organisation), keys))
}

/** Collects the organisations that take part in messages, and the thumbprints (base64url) of the keys that signed messages and receipts. */
function signersOf(messages: readonly EvidenceMessage[]): { organisations: Set<string>; keys: Set<string> } {
  const organisations = new Set<string>()
  const keys = new Set<string>()
  const sign = (payload: Uint8Array = new Uint8Array()) => {
    const { sender, senderKey } = parseManifest(payload)
    organisations.add(sender)
    keys.add(toBase64url(senderKey))
  }
  for (const { manifest, deliveries } of messages) {
    sign(manifest?.payload)
    for (const { commitment, stored, receipts } of deliveries) {
      if (commitment !== undefined) organisations.add(commitment.recipient)
      if (stored !== undefined) keys.add(parseStoredReceipt(stored).kid)
      for (const batch of receipts) sign(batch.manifest?.payload)
    }
  }
  return { organisations, keys }
}

/**
 * Selects an organisation's statements. If the organisation was paired again with another entity key, only statements of the identity that
 * signed count. A rotated key belongs to the same identity, because the newest statement contains the rotation to it.
 */
function relevant(kept: readonly string[], keys: ReadonlySet<string>): string[] {
  const statements = kept.map(parseEntityConfiguration)
  const signing = statements.filter(({ party }) =>
    [...party.messageKeys, ...party.gateway.receiptKeys].some(({ jwk }) => keys.has(kid(jwk))),
  )
  const entity = signing.at(-1) ?? statements.at(-1)
  const ofEntity = statements.filter((statement) => entity && isSameIdentity(statement, entity))
  const newest = ofEntity.at(-1)
  return ofEntity.filter((one) => one === newest || signing.includes(one)).map(({ jwt }) => jwt)
}

function isSameIdentity(one: EntityConfiguration, other: EntityConfiguration): boolean {
  return (
    kid(one.entityKey) === kid(other.entityKey) ||
    tookOverFrom(one, other.entityKey) ||
    tookOverFrom(other, one.entityKey)
  )
}
