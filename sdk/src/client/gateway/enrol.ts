// Enrols a desk: gets a certificate from the desk's gateway with a token. docs/spec/mailbox.md, "Enrolment"
import { EnrolmentToken, EnrolPurpose } from '@rex/proto/mailbox/v1/mailbox'
import { EnrolmentServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import { decode, fromBase64url } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { unwrapped } from '../../core/input/text.ts'
import { localSigner } from '../../core/jose/jose.ts'
import { thumbprint } from '../../core/jose/key.ts'
import { LIMITS } from '../../core/limits.ts'
import { certificateUri } from '../../core/pki/chain.ts'
import { generateRsaKey } from '../../core/pki/key.ts'
import { createSigningRequest } from '../../core/pki/request.ts'
import { createClient } from '../../transport/calling/client.ts'
import { openEnrolmentChannel } from '../../transport/calling/enrolment.ts'
import type { Keys } from '../keys/keystore.ts'
import { MOST_GATEWAYS } from '../keys/rotating-keys.ts'

const PREFIX = 'rex-token-'

/** The result of an enrolment. */
export type Enrolled = Pick<Keys, 'organisation' | 'gateways' | 'tls'>

/**
 * The keys of the enrolling desk, and the purpose of the enrolment. A gateway serves only one identity of its organisation, so
 * it checks the entity key.
 */
export interface Enrolling extends Pick<Keys, 'entitySeed' | 'rotations'> {
  readonly purpose: 'init' | 'again' | 'restore'
}

const PURPOSES = {
  init: EnrolPurpose.INIT,
  again: EnrolPurpose.AGAIN,
  restore: EnrolPurpose.RESTORE,
} as const

/**
 * Enrols, with a new key, at the gateway that is stated in the token.
 * @throws RexError TOKEN_INVALID, PEER_MISMATCH, CERTIFICATE_INVALID, UNAVAILABLE; ALREADY_EXISTS or STATEMENT_INVALID
 * if the organisation has published another identity; the token then remains valid
 */
export async function enrol(
  token: string,
  { purpose, entitySeed, rotations = [] }: Enrolling,
): Promise<Enrolled> {
  const { address, authorityDigest, secret, organisation: named } = parseToken(token)
  const { channel, organisation, authority } = await openEnrolmentChannel({ address, authorityDigest })
  try {
    if (organisation !== named)
      throw new RexError(
        'PEER_MISMATCH',
        `The token is for ${named}, but its gateway serves ${organisation}.`,
      )
    const privateKey = await generateRsaKey()
    const signingRequest = createSigningRequest({ privateKey, uri: certificateUri(organisation, 'desk') })
    const { certificate, endpoints } = await createClient(EnrolmentServiceDefinition, channel)
      .enrol({
        secret,
        signingRequest,
        purpose: PURPOSES[purpose],
        entityKey: thumbprint(localSigner(entitySeed).key),
        rotations: [...rotations],
      })
      .catch(explain)
    if (endpoints.length === 0)
      throw new RexError('MALFORMED', 'The gateway returned no address of its mailbox.')
    const gateways = endpoints.slice(0, MOST_GATEWAYS)
    return { organisation, gateways, tls: { privateKey, certificate, authority } }
  } finally {
    channel.close()
  }
}

/** Remedies for refusals, added here because hints are not part of the wire format. */
const HINTS: Readonly<Record<string, string>> = {
  ALREADY_EXISTS:
    'If that desk was lost, restore its backup with `rex-desk restore`. Only if there is no backup, ask the operator of your gateway for a reset; then every partner needs a new invite.',
  STATEMENT_INVALID:
    'Use the directory or the backup of the desk that your partners know. Only if both are lost, ask the operator of your gateway for a reset.',
}

function explain(cause: unknown): never {
  const error = RexError.from(cause)
  const { reason, message, metadata } = error
  const hint = HINTS[reason]
  throw hint === undefined ? error : new RexError(reason, message, { metadata, hint, cause })
}

/** Parses an enrolment token. @throws RexError TOKEN_INVALID, and the errors of decoding */
export function parseToken(token: string): EnrolmentToken {
  const text = typeof token === 'string' ? unwrapped(token) : ''
  if (!text.startsWith(PREFIX))
    throw new RexError('TOKEN_INVALID', 'This is not an enrolment token.', {
      hint: 'It begins with rex-token-.',
    })
  return decode(EnrolmentToken, fromBase64url(text.slice(PREFIX.length), 'token'), 'token', LIMITS.routing)
}
