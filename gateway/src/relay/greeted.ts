// Greetings of other gateways: one with another memory than before is told to the desk. docs/spec/delivery.md, "Lost memory"
import { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import { encode, equal, RexError } from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import { type Greeting, type Mailbox, REPORTS, type Store } from '../store/store.ts'

/** Whoever changes sooner waits in the greeting: nobody fills a mailbox by changing at every word. */
const PAUSE_MS = 1000

/** What greetings stand on. */
export interface GreetedOptions {
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  /** Something has come into the mailbox. */
  readonly wakeDesk: () => void
}

/** Notes durably with which incarnation the gateway of an organisation greeted. */
export type Greeted = (organisation: string, incarnation: Uint8Array) => Promise<void>

/** Greetings, remembered (REX-DLV-090). What is returned throws RexError MALFORMED, STORE_FULL, STORE_FAILED. */
export function createGreeted({ store, clock, wakeDesk }: GreetedOptions): Greeted {
  const changedMs = new Map<string, number>()

  return async (organisation, incarnation) => {
    if (incarnation.length !== 16)
      throw new RexError('MALFORMED', 'An incarnation has 16 bytes.', { path: 'hello.incarnation' })
    await pauseOver(organisation)
    const before = store.read.incarnations.find(organisation)
    if (before !== undefined && equal(before.incarnation, incarnation)) return
    if (before !== undefined) changedMs.set(organisation, clock.steady())
    await store.commit((write) => {
      const told = before === undefined ? 0 : tellAnew(write.mailbox, organisation, before)
      write.incarnations.put(organisation, { incarnation, told })
    })
    wakeDesk()
  }

  async function pauseOver(organisation: string): Promise<void> {
    const leftMs = () => (changedMs.get(organisation) ?? Number.NEGATIVE_INFINITY) + PAUSE_MS - clock.steady()
    for (let ms = leftMs(); ms > 0; ms = leftMs())
      await new Promise<void>((resolve) => void clock.after(ms, resolve))
  }
}

/** The last report of a lost memory says it all: nobody fills a mailbox by losing it often. */
function tellAnew(mailbox: Mailbox, recipient: string, { told }: Greeting): number {
  const outcome = { $case: 'memoryLost' as const, value: {} }
  const content = encode(DeliveryReport, { envelopeId: new Uint8Array(), recipient, outcome })
  mailbox.remove(told)
  return mailbox.add({ ...REPORTS, kind: 'report', content })
}
