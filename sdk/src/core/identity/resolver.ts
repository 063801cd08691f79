// The interface that resolves message keys of organisations. Pairing implements it with pinned entity keys; trust chains could implement
// it, too. docs/spec/identity.md
import type { Ed25519PublicJwk } from '../jose/key.ts'

/** A resolver of organisations' message keys at a given time. */
export interface KeyResolver {
  /**
   * Returns the message key with this thumbprint if it was valid at `atMs`, the time at which the message was stored.
   * @throws RexError UNKNOWN_ORGANISATION if the organisation is not paired, KEY_INVALID if it has no such key or the key was not valid
   * then
   */
  resolve(organisation: string, thumbprint: Uint8Array, atMs: number): Promise<Ed25519PublicJwk>
}
