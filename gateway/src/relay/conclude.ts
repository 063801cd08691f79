// Concludes a delivery: removes the envelope from the outbox and adds its report to the mailbox, in one transaction. docs/spec/delivery.md, "Outcomes"
import type { Jws } from '@rex/proto/core/v1/envelope'
import { ErrorDetail } from '@rex/proto/core/v1/error'
import { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import { encode, equal, parseStoredReceipt, RexError } from '@rex/sdk/core'
import { toErrorDetail } from '@rex/sdk/transport'
import type { Outcomes } from '../delivery/outcome.ts'
import type { LedgerReads } from '../store/ledger.ts'
import { REPORTS } from '../store/mailbox.ts'
import type { Waiting } from '../store/outbox.ts'
import type { Store, Writes } from '../store/store.ts'

const AT_ONCE = 1000

/** Dependencies of outcomes. */
interface ConcludeOptions {
  /** The organisation served. */
  readonly organisation: string
  readonly store: Pick<Store, 'read' | 'commit'>
  /** Notifies the desk of a new mailbox item. */
  readonly wakeDesk: () => void
}

type Outcome = NonNullable<DeliveryReport['outcome']>

/** Makes outcomes of envelopes durable (REX-DLV-050 to 054). */
export function createOutcomes({ organisation, store, wakeDesk }: ConcludeOptions): Outcomes {
  function report(write: Writes, envelope: Waiting, outcome: Outcome): Uint8Array {
    const { envelopeId, recipient } = envelope
    const content = encode(DeliveryReport, { envelopeId, recipient, outcome })
    write.mailbox.add({ ...REPORTS, kind: 'report', content })
    return content
  }

  function finish(write: Writes, envelope: Waiting, outcome: Outcome): void {
    if (!write.outbox.remove(envelope.id)) return
    write.ledger.answer(organisation, envelope.envelopeId, report(write, envelope, outcome))
  }

  async function commit(work: (write: Writes) => void): Promise<void> {
    await store.commit(work)
    wakeDesk()
  }

  return {
    async stored(envelope, receipt) {
      checkReceipt(receipt, { envelope, organisation, ledger: store.read.ledger })
      await commit((write) => finish(write, envelope, { $case: 'stored', value: receipt }))
    },
    refused: (envelope, error) =>
      commit((write) => finish(write, envelope, { $case: 'refused', value: error })),
    expired: (envelopes) =>
      commit((write) => {
        for (const envelope of envelopes) {
          finish(write, envelope, { $case: 'expired', value: { lastError: lastError(envelope) } })
        }
      }),
    delayed: (envelopes) =>
      commit((write) => {
        for (const envelope of envelopes) {
          write.outbox.markDelayed(envelope.id)
          report(write, envelope, { $case: 'delayed', value: { lastError: lastError(envelope) } })
        }
      }),
    async unpaired(recipient) {
      const refusal = { $case: 'refused', value: toErrorDetail(noLongerPaired(recipient)) } as const
      const next = () => store.read.outbox.of(recipient, AT_ONCE)
      for (let ending = next(); ending.length > 0; ending = next())
        await commit((write) => {
          for (const envelope of ending) finish(write, envelope, refusal)
        })
    },
    endPostponed: (recipient) => store.commit((write) => write.outbox.endPostponed(recipient)),
    postponed: (envelope, error, dueMs) =>
      store.commit((write) => write.outbox.postpone(envelope.id, dueMs, encode(ErrorDetail, error))),
  }
}

function noLongerPaired(organisation: string): RexError {
  return new RexError('UNKNOWN_ORGANISATION', 'The pairing was ended before the envelope was answered.', {
    metadata: { organisation },
  })
}

function lastError({ lastError }: Waiting): ErrorDetail | undefined {
  return lastError && ErrorDetail.decode(lastError)
}

/** Checks that a receipt states the digest of the sent bytes (T-049). The desk verifies the receipt's signature, because this gateway has no pins. */
function checkReceipt(
  receipt: Jws,
  sent: { envelope: Waiting; organisation: string; ledger: LedgerReads },
): void {
  const { envelope, organisation } = sent
  const { receipt: content } = parseStoredReceipt(receipt)
  const entry = sent.ledger.find(organisation, envelope.envelopeId)
  const matches =
    entry !== undefined &&
    equal(content.envelopeId, envelope.envelopeId) &&
    equal(content.envelopeDigest, entry.digest) &&
    content.sender === organisation &&
    content.recipient === envelope.recipient
  if (!matches) throw new RexError('EVIDENCE_INVALID', 'The receipt is not for the envelope that was sent.')
}
