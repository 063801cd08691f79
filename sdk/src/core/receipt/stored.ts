// Stored receipts, in which gateways confirm that they have stored an envelope durably. docs/spec/receipts.md, "Stored"
import type { Jws } from '@rex/proto/core/v1/envelope'
import { StoredReceipt } from '@rex/proto/core/v1/receipt'
import { decode, encode, equal, fromBase64url } from '../encoding/encoding.ts'
import { ensure, RexError } from '../error.ts'
import { type DatedKey, keyAt } from '../identity/entity.ts'
import { signJws, verifyJws } from '../jose/jose.ts'
import type { Signer } from '../jose/key.ts'
import { parseJws } from '../jose/strict.ts'
import { LIMITS } from '../limits.ts'

/** Signs a stored receipt with the gateway's receipt key (REX-RCP-001). */
export function signStoredReceipt(receipt: StoredReceipt, signer: Signer): Promise<Jws> {
  return signJws('stored-jws', encode(StoredReceipt, receipt), signer)
}

/** Parses a stored receipt without checking its signature. @throws RexError MALFORMED, NOT_CANONICAL, LIMIT_EXCEEDED */
export function parseStoredReceipt(jws: Jws): { receipt: StoredReceipt; kid: string } {
  const { header } = parseJws('stored-jws', jws)
  const receipt = decode(StoredReceipt, jws.payload, 'stored_receipt', LIMITS.routing)
  ensure(receipt.envelopeId.length === 16, 'stored_receipt.envelope_id')
  ensure(receipt.envelopeDigest.length === 32, 'stored_receipt.envelope_digest')
  return { receipt, kid: header.kid }
}

/** Expected content of a stored receipt. */
export type StoredExpectation = Omit<StoredReceipt, 'storedMs'>

/**
 * Verifies that a stored receipt refers to this envelope and is signed with one of the recipient gateway's receipt keys (REX-RCP-002,
 * T-049).
 * @throws RexError EVIDENCE_INVALID, KEY_INVALID, and the errors of parsing
 */
export async function verifyStoredReceipt(
  jws: Jws,
  keys: readonly DatedKey[],
  expected: StoredExpectation,
): Promise<StoredReceipt> {
  const { receipt, kid } = parseStoredReceipt(jws)
  const matches =
    equal(receipt.envelopeId, expected.envelopeId) &&
    equal(receipt.envelopeDigest, expected.envelopeDigest) &&
    receipt.sender === expected.sender &&
    receipt.recipient === expected.recipient
  if (!matches)
    throw new RexError('EVIDENCE_INVALID', 'The receipt is for another envelope.', { path: 'stored_receipt' })
  await verifyJws('stored-jws', jws, keyAt(keys, fromBase64url(kid, 'kid'), receipt.storedMs))
  return receipt
}
