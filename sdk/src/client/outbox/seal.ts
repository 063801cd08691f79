// Seals messages of this desk to the newest keys of their recipients. docs/spec/envelope.md, "Sealing"

import { type Message, type Recipient, type SealedMessage, seal } from '../../core/envelope/seal.ts'
import type { Suite } from '../../core/jose/suite.ts'
import { checkUsable, type DeskContext } from '../context.ts'
import { sealingKeys } from '../gateway/peers.ts'

/** A message to seal, without the sender, the chain and the recipients' keys, which sealing adds. */
export type UnsealedMessage = Omit<Message, 'sender' | 'chain' | 'recipients'> & {
  /** The recipients. Each recipient's sections are given as positions in the list of sections of the message. */
  readonly to: readonly Pick<Recipient, 'organisation' | 'lane' | 'sections'>[]
}

/** The dependencies of sealing. */
export type SealContext = Pick<
  DeskContext,
  'organisation' | 'chain' | 'signer' | 'peers' | 'random' | 'clock' | 'lost'
>

/**
 * Signs and seals a message, without storing anything.
 * @throws RexError UNKNOWN_ORGANISATION, SUITE_UNAVAILABLE, LIMIT_EXCEEDED, and the errors of `checkUsable`
 */
export async function sealMessage(
  desk: SealContext,
  { to, ...message }: UnsealedMessage,
  minimumSuite: Suite = 'REX-1',
): Promise<SealedMessage> {
  checkUsable(desk)
  const { organisation: sender, chain, signer, peers, random, clock } = desk
  const recipients = to.map((recipient) => ({
    ...recipient,
    keys: sealingKeys(peers.get(recipient.organisation), clock.now()).keys,
  }))
  return seal({ ...message, sender, chain, recipients }, { signer: signer(), random, minimumSuite })
}
