// Exports the evidence of an exchange as a file. docs/spec/receipts.md, "Evidence"
import { Jws } from '@rex/proto/core/v1/envelope'
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { toHex } from '../../core/encoding/encoding.ts'
import { envelopeDigest } from '../../core/envelope/digest.ts'
import { encodeEvidence } from '../../core/receipt/evidence.ts'
import { statementsFor } from '../../core/receipt/statements.ts'
import { checkHandling } from '../../core/referral/handling/check.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeskStore } from '../store/store.ts'
import { standing } from './content/sections.ts'
import type { OpenThread } from './repository/open-thread.ts'

/** The dependencies of `exportEvidence`. */
export interface ExportOptions {
  readonly organisation: string
  readonly store: DeskStore
  readonly clock: Pick<Clock, 'now'>
  /** Resolves once the store has an entity configuration of this organisation. */
  readonly introduced: () => Promise<unknown>
}

/** Returns a bundle that proves the exchange. Includes the contents of sections only on request, and only if the handling rules allow it. */
export async function exportEvidence(
  thread: OpenThread,
  options: ExportOptions,
  withSections: boolean,
): Promise<Uint8Array> {
  const { organisation, store, clock, introduced } = options
  if (withSections && thread.role === 'recipient')
    checkHandling({ referral: standing(thread).referral, action: 'export', now: clock.now() })
  const envelopes = new Map(
    store.read.deliveries(thread.id).flatMap((key) => {
      return store.read.envelopes(key).map((envelope) => [envelope.digest, envelope] as const)
    }),
  )
  const kept = [...thread.messages, ...thread.conflicts]
  const messages = kept.map(({ evidence, manifest }): EvidenceMessage => {
    const sections = withSections ? evidence.sections : []
    if (manifest.sender !== organisation) return { ...evidence, sections }
    const deliveries = evidence.deliveries.map((delivery) => {
      const envelope = envelopes.get(toHex(envelopeDigest(delivery.context, delivery.grant)))
      const batches = envelope === undefined ? [] : store.read.receiptBatches(envelope.id)
      const stored = envelope?.stored === undefined ? undefined : Jws.decode(envelope.stored)
      return { ...delivery, stored, receipts: batches.map((batch) => ({ manifest: Jws.decode(batch) })) }
    })
    return { ...evidence, sections, deliveries }
  })
  await introduced()
  return encodeEvidence({
    entityConfigurations: statementsFor(messages, store.read.configurations),
    messages,
  })
}
