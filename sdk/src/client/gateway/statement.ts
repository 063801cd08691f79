// Builds and signs the desk's own entity configuration, for publication and invites. docs/spec/identity.md, "Entity configuration"
import type { GetGatewayResponse } from '@rex/proto/mailbox/v1/mailbox'
import { toBase64url } from '../../core/encoding/encoding.ts'
import {
  type DatedKey,
  type EntityConfiguration,
  signEntityConfiguration,
} from '../../core/identity/entity.ts'
import { epochAt, publicEpochs } from '../../core/identity/epoch.ts'
import { succession } from '../../core/identity/succession.ts'
import { parseSigningKey } from '../../core/jose/key.ts'
import { LIMITS } from '../../core/limits.ts'
import { listVersions, type Needs } from '../../core/referral/index.ts'
import type { Keys } from '../keys/keystore.ts'
import { entityKeyOf } from '../keys/replacing/entity-key.ts'
import { messageKeyOf } from '../keys/replacing/message-keys.ts'

/**
 * How long after the date of a statement its signing keys expire, in milliseconds. Every new statement postpones the
 * expiry, so keys expire only if no desk signs statements any more.
 */
export const KEY_LIFETIME = 2 * 365 * 24 * 60 * 60_000

/** The resolution of a statement's date. */
const SECOND = 1000

/**
 * Returns the date of the statement that follows a statement dated `lastMs`, in Unix milliseconds. It is at least a
 * second later, because partners keep the first of two statements from the same second (REX-ID-070). Ignores a `lastMs`
 * too far ahead of `now`, which only a wrong clock or a loop can cause.
 */
export function issuedAfter(lastMs: number, now: number): number {
  const next = lastMs + SECOND
  return next <= now + LIMITS.statementAhead ? Math.max(now, next) : now
}

/** The content of a statement. */
interface StatementContent {
  readonly keys: Keys
  readonly needs: Needs | undefined
  /** The gateway's part of the statement. */
  readonly gateway: GetGatewayResponse
  /** Earlier statements of this organisation. The new statement names their keys too. */
  readonly before: readonly EntityConfiguration[]
}

/** Returns the message keys and receipt keys for a statement to list. @throws RexError LIMIT_EXCEEDED if the keys do not fit */
export function signingKeys(
  { keys, gateway, before }: Omit<StatementContent, 'needs'>,
  now: number,
): { messageKeys: DatedKey[]; receiptKeys: DatedKey[] } {
  const receiptKey = parseSigningKey(
    { kty: 'OKP', crv: 'Ed25519', x: toBase64url(gateway.receiptKey) },
    'receipt_key',
  )
  const { signer, sinceMs } = messageKeyOf(keys)
  // If the desk was made while its clock was ahead, the key's start time is in the future, although the key is already in use.
  const lifetime = { notBeforeMs: Math.min(sinceMs, now), expiresMs: now + KEY_LIFETIME }
  const earlier = before.map(({ party }) => party)
  return {
    messageKeys: succession(
      { jwk: signer.key, ...lifetime },
      [...earlier.flatMap(({ messageKeys }) => messageKeys.toReversed()), ...(keys.revoked ?? [])],
      now,
    ),
    receiptKeys: succession(
      { jwk: receiptKey, ...lifetime, notBeforeMs: Math.min(keys.messageKeyMs, now) },
      [...earlier.flatMap(({ gateway: { receiptKeys } }) => receiptKeys), ...(keys.revokedReceipts ?? [])],
      now,
    ),
  }
}

/** Signs the current entity configuration (REX-ID-011). Times are in Unix milliseconds. */
export async function ownStatement(
  { keys, needs, gateway, before }: StatementContent,
  { now, issuedMs }: { readonly now: number; readonly issuedMs: number },
): Promise<string> {
  const first = epochAt(now)
  const epochs = await publicEpochs(keys.epochs, first, LIMITS.epochsAhead + 1)
  const { messageKeys, receiptKeys } = signingKeys({ keys, gateway, before }, now)
  const { signer, rotations } = entityKeyOf(keys)
  const draft = {
    organisation: keys.organisation,
    name: keys.name,
    issuedMs,
    expiresMs: (first + LIMITS.epochsAhead + 1) * LIMITS.epoch,
    party: {
      versions: [1],
      suites: ['REX-2', 'REX-1'] as const,
      messageKeys,
      epochs,
      gateway: {
        endpoints: gateway.endpoints,
        authority: gateway.caCertificate,
        ...(gateway.nextCaCertificate.length > 0 && { nextAuthority: gateway.nextCaCertificate }),
        receiptKeys,
      },
      codeLists: listVersions(),
      ...(needs && { needs }),
    },
    rotations,
  }
  return signEntityConfiguration(draft, signer)
}
