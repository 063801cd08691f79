// Resolves the message keys of an organisation. Pairing uses pinned entity keys; trust chains can implement the same interface.
// docs/spec/identity.md
import type { Ed25519PublicJwk } from '../jose/key.ts'

/** Resolves the message key of an organisation at a given time. */
export interface KeyResolver {
  /**
   * The message key with this thumbprint, if the organisation could sign with it at `atMs` (the time its message was stored).
   * @throws RexError UNKNOWN_ORGANISATION if it is not paired, KEY_INVALID if it has no such key or the key was not valid then
   */
  resolve(organisation: string, thumbprint: Uint8Array, atMs: number): Promise<Ed25519PublicJwk>
}
