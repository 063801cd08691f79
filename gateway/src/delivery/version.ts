// The versions of the protocol that this gateway speaks. docs/spec/delivery.md, REX-DLV-008
import { RexError } from '@rex/sdk/core'

/** What a greeting offers. */
export const VERSIONS: readonly number[] = [1]

/** Both sides of a stream must speak one version. @throws RexError UNSUPPORTED_VERSION */
export function requireVersion(offered: readonly number[]): void {
  if (offered.some((version) => VERSIONS.includes(version))) return
  throw new RexError(
    'UNSUPPORTED_VERSION',
    `The other side does not speak version ${VERSIONS.join(' or ')}.`,
    {
      metadata: { version: offered.slice(0, 8).join(',') },
    },
  )
}
