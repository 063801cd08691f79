// Desks and gateways that lost their memory: messages that went with it are marked to be sealed again. docs/spec/envelope.md, REX-ENV-060
import { createTurns } from '../clock/turns.ts'
import type { DeskContext } from '../context.ts'
import type { Peers } from '../gateway/peers.ts'
import { sendAllBatchesAgain } from '../outbox/receipts.ts'
import { markForReseal } from '../outbox/reseal-marks.ts'

/** Dependencies of `LostMemory`. */
type LostMemoryContext = Pick<DeskContext, 'store' | 'clock'> & {
  readonly peers: Pick<Peers, 'introduce'>
}

/** Notices lost memory. The loss is recorded last, so that a desk that ends in between notices it again. */
export class LostMemory {
  readonly #desk: LostMemoryContext
  readonly #publish: () => Promise<unknown>
  readonly #turns = createTurns()
  /** Chains that were seen and stored. */
  readonly #chains = new Set<string>()

  /** `publish` publishes this organisation's statement after the desk's gateway lost its memory. */
  constructor(desk: LostMemoryContext, publish: () => Promise<unknown>) {
    this.#desk = desk
    this.#publish = publish
  }

  /**
   * A message of this chain arrived. A chain that is not the organisation's first, or says that it resumes another,
   * belongs to a restored desk store: this desk sends its messages to it again (REX-THR-028). Once for each chain.
   */
  heardFrom(organisation: string, chain: string, saysSo: boolean): Promise<void> {
    const name = organisation + chain
    if (this.#chains.has(name)) return Promise.resolve()
    return this.#turns(organisation, async () => {
      const { store } = this.#desk
      const { isKnown, isFirst } = store.read.chain(organisation, chain)
      if (!isKnown) {
        if (!isFirst || saysSo) await this.#mark(['stored', 'received', 'seen', 'held'], organisation)
        await store.commit((write) => write.addChain(organisation, chain))
      }
      this.#chains.add(name)
    })
  }

  /**
   * The own desk store is being restored: messages that wait here may already have been sent, and answered by the gateway. Call this
   * before any new message waits.
   */
  async restoring(): Promise<void> {
    await this.#mark(['intended'])
  }

  /** The own desk store was restored: messages without an answer here may have one there. */
  async restored(): Promise<void> {
    await this.#mark(['submitted', 'stored', 'held'])
    await sendAllBatchesAgain(this.#desk.store)
  }

  /** The desk has reached its gateway. A new incarnation of the gateway knows nothing of what the desk has told the previous one (REX-MBX-014). */
  async metGateway(incarnation: string): Promise<void> {
    const { store, peers } = this.#desk
    const before = store.read.incarnation()
    if (incarnation === before) return
    if (before !== undefined) {
      await this.#publish()
      await peers.introduce()
      await this.#mark(['submitted', 'stored'])
      await sendAllBatchesAgain(store)
    }
    await store.commit((write) => write.putIncarnation(incarnation))
  }

  #mark(states: Parameters<typeof markForReseal>[1]['states'], recipient?: string): Promise<void> {
    const { store, clock } = this.#desk
    return markForReseal(store, { states, nowMs: clock.now(), recipient })
  }
}
