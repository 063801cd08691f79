// Enrolment: a certificate from the own gateway for a token. docs/spec/mailbox.md, "Enrolment"
import { EnrolmentToken } from '@rex/proto/mailbox/v1/mailbox'
import { EnrolmentServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import { decode, fromBase64url } from '../core/encoding.ts'
import { RexError } from '../core/error.ts'
import { unwrapped } from '../core/input/text.ts'
import { LIMITS } from '../core/limits.ts'
import { certificateUri } from '../core/pki/chain.ts'
import { generateRsaKey } from '../core/pki/key.ts'
import { createSigningRequest } from '../core/pki/request.ts'
import { createClient } from '../transport/client.ts'
import { openEnrolmentChannel } from '../transport/enrolment.ts'
import type { Keys } from './keystore.ts'

const PREFIX = 'rex-token-'

/** What enrolment gives. */
export type Enrolled = Pick<Keys, 'organisation' | 'gateway' | 'tls'>

/** Enrols at the gateway of a token, with a new key. @throws RexError TOKEN_INVALID, CERTIFICATE_INVALID, UNAVAILABLE */
export async function enrol(token: string): Promise<Enrolled> {
  const { address, authorityDigest, secret } = parseToken(token)
  const { channel, organisation, authority } = await openEnrolmentChannel({ address, authorityDigest })
  try {
    const privateKey = await generateRsaKey()
    const signingRequest = createSigningRequest({ privateKey, uri: certificateUri(organisation, 'desk') })
    const { certificate, endpoints } = await createClient(EnrolmentServiceDefinition, channel).enrol({
      secret,
      signingRequest,
    })
    const [gateway] = endpoints
    if (gateway === undefined) throw new RexError('MALFORMED', 'The gateway named no address of its mailbox.')
    return { organisation, gateway, tls: { privateKey, certificate, authority } }
  } finally {
    channel.close()
  }
}

/** The parts of an enrolment token. @throws RexError TOKEN_INVALID and those of parsing */
export function parseToken(token: string): EnrolmentToken {
  const text = typeof token === 'string' ? unwrapped(token) : ''
  if (!text.startsWith(PREFIX))
    throw new RexError('TOKEN_INVALID', 'This is no enrolment token.', { hint: 'It begins with rex-token-.' })
  return decode(EnrolmentToken, fromBase64url(text.slice(PREFIX.length), 'token'), 'token', LIMITS.routing)
}
