// Tracks incarnations of other gateways, and reports to the desk if a gateway has lost stored data. docs/spec/delivery.md, "Lost memory"
import { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import { encode, equal, RexError } from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import { type Mailbox, REPORTS } from '../store/mailbox.ts'
import type { Greeting } from '../store/peers.ts'
import type { Store } from '../store/store.ts'

/** Minimum milliseconds between two changes of a gateway's incarnation. A greeting within this time waits, so that nobody can fill the mailbox. */
const PAUSE_MS = 1000

/** Dependencies of peer incarnations. */
interface PeerIncarnationsOptions {
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  /** Notifies the desk of a new mailbox item. */
  readonly wakeDesk: () => void
}

/** A function that durably records the incarnation with which an organisation's gateway greeted. */
type NoteIncarnation = (organisation: string, incarnation: Uint8Array) => Promise<void>

/** Creates the function that records incarnations durably (REX-DLV-090). This function throws RexError MALFORMED, STORE_FULL, STORE_FAILED. */
export function createPeerIncarnations({ store, clock, wakeDesk }: PeerIncarnationsOptions): NoteIncarnation {
  const changedMs = new Map<string, number>()

  return async (organisation, incarnation) => {
    if (incarnation.length !== 16)
      throw new RexError('MALFORMED', 'An incarnation must have 16 bytes.', { path: 'hello.incarnation' })
    await pauseOver(organisation)
    const before = store.read.incarnations.find(organisation)
    if (before !== undefined && equal(before.incarnation, incarnation)) return
    if (before !== undefined) changedMs.set(organisation, clock.steady())
    await store.commit((write) => {
      const report = before === undefined ? 0 : reportAnew(write.mailbox, organisation, before)
      write.incarnations.put(organisation, { incarnation, report })
    })
    wakeDesk()
  }

  async function pauseOver(organisation: string): Promise<void> {
    const leftMs = () => (changedMs.get(organisation) ?? Number.NEGATIVE_INFINITY) + PAUSE_MS - clock.steady()
    for (let ms = leftMs(); ms > 0; ms = leftMs())
      await new Promise<void>((resolve) => void clock.after(ms, resolve))
  }
}

/** Replaces the previous report about the gateway, so that a gateway that changes its incarnation often cannot fill the mailbox. */
function reportAnew(mailbox: Mailbox, recipient: string, { report }: Greeting): number {
  const outcome = { $case: 'memoryLost' as const, value: {} }
  const content = encode(DeliveryReport, { envelopeId: new Uint8Array(), recipient, outcome })
  mailbox.remove(report)
  return mailbox.add({ ...REPORTS, kind: 'report', content })
}
