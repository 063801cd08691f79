// Evidence of a thread can be verified offline; a changed bit is detected.
// To run it alone: npm run story examples/stories/evidence.ts
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RexError } from '@rex/sdk'
import { type Ed25519PublicJwk, verifyEvidence, verifyInvite } from '@rex/sdk/core'
import { parseReferral } from '@rex/sdk/referral'
import { play, story } from '../play/play.ts'
import { until } from '../play/until.ts'
import sextortion from '../referrals/law-enforcement-report-sextortion.json' with { type: 'json' }

export const evidence = story({
  name: 'evidence',
  title: 'Evidence of a thread verifies with nothing but the entity keys; tampering is refused.',
  cast: ['hotline', 'safeline'],
  async play({ hotline, safeline, tell, facts }) {
    const proof = { verified: false, tamperedRefused: false }
    facts.evidence = proof

    const sent = await hotline.desk.send(parseReferral(sextortion), { to: safeline.id })
    const { thread } = await safeline.inbox.referral(sent)
    await thread.accept({ reference: 'S-89' })
    await hotline.inbox.event(sent, 'accept')

    // Safeline's signed receipt arrives automatically and becomes part of the evidence.
    assert(await until(async () => (await sent.view()).delivery.every(({ state }) => state === 'received')))

    // The file contains signatures and receipts, and by default no case data.
    const bundle = await sent.export()
    await writeFile(join(hotline.directory, 'evidence.rex'), bundle)

    // A verifier needs the entity keys, which people compare by six words. Here they come from the invites.
    const keys = new Map<string, Ed25519PublicJwk>()
    for (const { id, desk } of [hotline, safeline]) {
      const { invite } = await desk.invite()
      keys.set(id, (await verifyInvite(invite, Date.now())).configuration.entityKey)
    }
    const report = await verifyEvidence(bundle, (organisation) => keys.get(organisation))
    const mine = report.messages.filter(({ sender }) => sender === hotline.id)
    proof.verified = mine.every(({ deliveries }) => deliveries.some(({ receipts }) => receipts.length > 0))
    assert(proof.verified, 'A signed receipt by Safeline is missing.')
    tell(
      hotline,
      `exports ${bundle.length} bytes that prove ${report.messages.length} messages, verified offline`,
    )

    const middle = Math.floor(bundle.length / 2)
    const tampered = bundle.with(middle, (bundle[middle] ?? 0) ^ 1)
    await assert.rejects(
      verifyEvidence(tampered, (organisation) => keys.get(organisation)),
      (error) => RexError.is(error),
    )
    proof.tamperedRefused = true
    tell(hotline, 'changes one bit: refused')
  },
})

if (import.meta.main) await play([evidence])
