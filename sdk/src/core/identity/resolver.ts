// How a desk learns which keys an organisation spoke with. Pairing by pinned entity keys; chains come to the same seam. docs/spec/identity.md
import type { Ed25519PublicJwk } from '../jose/key.ts'

/** Resolves the message key of an organisation as of a time. */
export interface KeyResolver {
  /**
   * The message key with this thumbprint, if the organisation could sign with it at `atMs` (when its message was stored).
   * @throws RexError UNKNOWN_ORGANISATION if it is not paired, KEY_INVALID if it has no such key or had none then
   */
  resolve(organisation: string, thumbprint: Uint8Array, atMs: number): Promise<Ed25519PublicJwk>
}
