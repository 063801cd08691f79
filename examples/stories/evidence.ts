// The evidence of a thread verifies offline; a changed byte is refused.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RexError, verifyEvidence, verifyInvite } from '@rex/sdk/core'
import type { Story } from '../network/stage.ts'

export const evidence: Story = {
  name: 'evidence',
  title: 'Evidence of a thread verifies with nothing but the pinned entity keys; tampering is refused.',
  run: async ({ network, network: { hotline }, tell, expect, totals }) => {
    const thread = totals.threads.find(({ at }) => at === 'hotline')?.id as string
    const { base64 } = await hotline.desk.thread<{ base64: string }>(thread, 'export')
    const bundle = Buffer.from(base64, 'base64')
    await writeFile(join(hotline.directory, 'evidence.rex'), bundle)

    const keys = new Map<string, Awaited<ReturnType<typeof verifyInvite>>['configuration']['entityKey']>()
    for (const { id, desk } of Object.values(network)) {
      const { invite } = await desk.desk<{ invite: string }>('invite')
      keys.set(id, (await verifyInvite(invite, Date.now())).configuration.entityKey)
    }
    const report = await verifyEvidence(bundle, (organisation) => keys.get(organisation))
    totals.evidence.verified = report.messages.some(({ deliveries }) =>
      deliveries.some(({ receipts }) => receipts.length > 0),
    )
    expect('evidence verified', totals.evidence.verified, true)
    tell(
      'hotline',
      `exports ${bundle.length} bytes that prove ${report.messages.length} messages, verified offline`,
    )

    const tampered = Buffer.from(bundle)
    tampered[Math.floor(tampered.length / 2)] = (tampered[Math.floor(tampered.length / 2)] as number) ^ 1
    const refusal = await verifyEvidence(tampered, (organisation) => keys.get(organisation)).catch(
      (error: unknown) => error,
    )
    totals.evidence.tamperedRefused = RexError.is(refusal)
    expect('tampered evidence refused', totals.evidence.tamperedRefused, true)
    tell('hotline', 'changes one bit: refused')
  },
}
