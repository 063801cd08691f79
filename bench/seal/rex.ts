// REX: seals and opens with the protocol core, in either suite.
import { open, pinnedResolver, type SealedDelivery, type Suite } from '@rex/sdk/core'
import { testParty } from '../../sdk/src/testing/parties/party.ts'
import { GRANTED } from '../content.ts'
import { envelopeOf, recipientOf, sealReferral } from '../message.ts'
import type { Tool } from './tool.ts'

/** Creates the tool for a suite, which seals to an organisation that offers only this suite. */
export async function rexTool(suite: Suite): Promise<Tool> {
  const now = Date.now()
  const sender = await testParty('hotline', { now })
  const recipient = await testParty('ngo', { now })
  const { organisation, decapsulator } = recipient
  const recipients = [recipientOf(recipient, suite)]
  const resolver = pinnedResolver(() => sender.configuration)
  return {
    async seal(content) {
      const sections = content.map((bytes, i) => ({ type: GRANTED[i] as string, content: bytes }))
      const sealed = await sealReferral(sender, recipients, sections)
      return envelopeOf(sealed, sealed.deliveries[0] as SealedDelivery)
    },
    async open(bytes: Uint8Array) {
      const { sections } = await open(bytes, { organisation, storedMs: Date.now(), decapsulator, resolver })
      return sections.map((section) => section.content)
    },
  }
}
