// Marks messages to be resealed after the desk or gateway that had them has lost its memory. docs/spec/envelope.md, REX-ENV-060
import { createTurns } from '../clock/turns.ts'
import type { DeskContext } from '../context.ts'
import type { Peers } from '../gateway/peers.ts'
import { sendAllBatchesAgain } from '../outbox/receipts.ts'
import { markForReseal } from '../outbox/reseal-marks.ts'

/** Dependencies of `LostMemory`. */
type LostMemoryContext = Pick<DeskContext, 'store' | 'clock'> & {
  readonly peers: Pick<Peers, 'introduce'>
}

/**
 * Detects that a desk or gateway has lost its memory. Records the loss last, so that the loss is detected again after a crash.
 */
export class LostMemory {
  readonly #desk: LostMemoryContext
  readonly #publish: () => Promise<unknown>
  readonly #turns = createTurns()
  /** Chains that the store has already recorded. An entry is the entity identifier of an organisation, followed by the chain. */
  readonly #chains = new Set<string>()

  /** `publish` publishes this organisation's statement after the desk's gateway has lost its memory. */
  constructor(desk: LostMemoryContext, publish: () => Promise<unknown>) {
    this.#desk = desk
    this.#publish = publish
  }

  /**
   * Handles a message of this chain, once per chain. If the chain is not the organisation's first, or the message says that the
   * chain resumes another (`saysSo`), the organisation's desk store was restored. In that case, this desk sends its messages to
   * that organisation again (REX-THR-028).
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
   * Prepares for the restore of this desk's store. Marks queued messages to be resealed, because they may already have been sent and answered. Call
   * this before any new message is queued.
   */
  async restoring(): Promise<void> {
    await this.#mark(['intended'])
  }

  /**
   * Handles a completed restore of this desk's store. Marks messages without an answer to be resealed, because the answers may have been lost with
   * the previous store.
   */
  async restored(): Promise<void> {
    await this.#mark(['submitted', 'stored', 'held'])
    await sendAllBatchesAgain(this.#desk.store)
  }

  /**
   * Handles a connection to the gateway. A new incarnation of the gateway has none of the information that the desk gave the previous incarnation
   * (REX-MBX-014).
   */
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
