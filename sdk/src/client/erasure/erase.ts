// Erases threads: their keys are destroyed, and only digests remain. docs/guide/desk.md, "Erasure"
import { toHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import type { EraseInput } from '../api/erasure.ts'
import { checkUsable, type DeskContext } from '../context.ts'
import { evidenceOf } from '../outbox/queue.ts'
import type { EventComposer } from '../send/event.ts'
import { type Composed, keepMessage } from '../send/message.ts'
import type { DeskWrites } from '../store/store.ts'
import { openDestruction } from '../thread/content/verb-content.ts'
import { erasedItemId } from '../thread/item.ts'
import type { OpenThread } from '../thread/repository/open-thread.ts'
import { owedIn } from './owed.ts'

/** The recall or withdrawal of consent that an erasure answers: the step that the erasure completes, and the organisation that asked. */
interface Answering {
  readonly counterpart: string
  readonly content: Parameters<EventComposer['sealed']>[2]['content']
}

/** Erases the threads of a desk. */
export class Eraser {
  readonly #desk: DeskContext
  readonly #composer: EventComposer

  constructor(desk: DeskContext, composer: EventComposer) {
    this.#desk = desk
    this.#composer = composer
  }

  /**
   * Erases a thread; resolves when its key is gone from the disk. If the reason is an open recall or withdrawal of consent, the erasure answers it
   * with `destroyed` in the same transaction, and the answer is sent afterwards. Repeating an erasure changes nothing.
   * @throws RexError INVALID_EVENT if the thread is under legal hold or something is owed, unless forced; STORE_FULL if the thread counts as erased
   * but its key is still on the full disk. The key is erased when there is space, or when the call is repeated
   */
  async erase(thread: OpenThread, { reason, force = false }: EraseInput): Promise<void> {
    checkUsable(this.#desk)
    await this.#composer.alone(thread, async () => {
      const { store, threads, time } = this.#desk
      if (thread.erased !== undefined) return store.incomplete.complete()
      const answering = this.#answering(thread, reason)
      const refuse = () => {
        const owed = force ? undefined : owedIn(this.#desk, thread, answering?.counterpart)
        if (owed !== undefined) throw refused(owed)
      }
      refuse()
      const last = answering && (await this.#seal(thread, answering))
      const erased = { erasedMs: time.date(), reason, forced: force }
      const work = (write: DeskWrites) => {
        refuse()
        this.#write(write, { thread, last, erased })
      }
      await store.commit(work, () => threads.reload(thread.id))
    })
  }

  /**
   * Returns the open recall or withdrawal of consent to answer. If there are several, returns one; the others remain
   * unanswered.
   */
  #answering(thread: OpenThread, reason: EraseInput['reason']): Answering | undefined {
    if (reason !== 'recall' && reason !== 'consent') return undefined
    for (const counterpart of thread.tracks.keys()) {
      const where = { thread, counterpart, now: this.#desk.clock.now() }
      const content = openDestruction(reason, where)
      if (content !== undefined) return { counterpart, content }
    }
    return undefined
  }

  #seal(thread: OpenThread, { counterpart, content }: Answering): Promise<Composed> {
    return this.#composer.sealed(thread, counterpart, { content })
  }

  #write(
    write: DeskWrites,
    {
      thread,
      last,
      erased,
    }: {
      readonly thread: OpenThread
      readonly last: Composed | undefined
      readonly erased: NonNullable<OpenThread['erased']>
    },
  ): void {
    const { store, threads } = this.#desk
    const { id } = thread
    for (const submission of store.read.outgoingOf(id)) write.confirmOutgoing(submission, [])
    if (last === undefined) write.eraseThread({ id, ...erased, slot: 0 })
    else {
      const digest = toHex(last.sealed.digest)
      keepMessage(write, this.#desk, { thread, message: last })
      // The last message contains no case data and may have to be resealed, so it gets a separate key.
      threads.giveKey(thread)
      write.eraseThread({ id, ...erased, slot: thread.slot, keep: digest })
      const content = threads.sealMessage(thread, evidenceOf(last.sealed))
      write.updateMessage(digest, { content })
    }
    write.addItem({ id: erasedItemId(id), thread: id, urgent: false, content: new Uint8Array() })
    // Reload now rather than after the commit, because other work in the same transaction must find the thread erased.
    threads.reload(id)
  }
}

function refused(owed: string): RexError {
  return new RexError('INVALID_EVENT', `The referral cannot be erased yet: ${owed}`, {
    metadata: { event: 'erase' },
    hint: 'Settle that first. If it must be erased all the same, force it (`force`, `--force`).',
  })
}
