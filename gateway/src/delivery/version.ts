// The protocol versions that this gateway supports. docs/spec/delivery.md, REX-DLV-008
import { RexError } from '@rex/sdk/core'

/** Versions offered in a greeting. */
export const VERSIONS: readonly number[] = [1]

/** Requires a common version of both sides of a stream. @throws RexError UNSUPPORTED_VERSION */
export function requireVersion(offered: readonly number[]): void {
  if (offered.some((version) => VERSIONS.includes(version))) return
  throw new RexError(
    'UNSUPPORTED_VERSION',
    `The other side does not support version ${VERSIONS.join(' or ')}.`,
    {
      metadata: { version: offered.slice(0, 8).join(',') },
    },
  )
}
