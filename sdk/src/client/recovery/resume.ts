// Informs the other side of every thread that this desk store was restored and has begun a new chain. docs/spec/thread.md, "Order"
import { DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { encode, toHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import { isOfChain } from '../../core/thread/track.ts'
import type { DeskContext } from '../context.ts'
import type { RotatingKeys } from '../keys/rotating-keys.ts'
import type { EventComposer } from '../send/event.ts'
import type { DeskReads, DeskStore } from '../store/store.ts'
import { readable, type ThreadRepository } from '../thread/repository/repository.ts'
import type { LostMemory } from './lost-memory.ts'

/** Reasons for which a track accepts no further event. */
const SILENT: ReadonlySet<string> = new Set(['UNKNOWN_ORGANISATION', 'FORK', 'LIMIT_EXCEEDED'])

/** Dependencies of `tellOfRestore`. */
interface Restored {
  readonly composer: EventComposer
  readonly lostMemory: Pick<LostMemory, 'restoring' | 'restored'>
  readonly resumes: NonNullable<RotatingKeys['resumes']>
  /** `resolve` is called with a promise that resolves when the counterparts have been informed. */
  readonly informed: Pick<PromiseWithResolvers<void>, 'resolve'>
}

/** Dependencies of `resumeThreads`. */
interface ResumeOptions {
  readonly chain: Uint8Array
  readonly resumes: NonNullable<RotatingKeys['resumes']>
  readonly read: DeskReads
  readonly threads: ThreadRepository
  readonly composer: EventComposer
  readonly warn: (message: string, error: RexError) => void
}

const PAGE = 256

const NOTHING = {
  envelopeId: new Uint8Array(16),
  envelopeDigest: new Uint8Array(32),
  message: new Uint8Array(32),
}

/** Informs the counterparts of every thread that the desk store was restored, and resends messages for which the store has no answer. */
export function tellOfRestore(desk: DeskContext, restored: Restored): Promise<void> {
  const work = tell(desk, restored)
  restored.informed.resolve(work)
  return work
}

async function tell(desk: DeskContext, { composer, lostMemory, resumes }: Restored): Promise<void> {
  const { chain, store, threads, warn } = desk
  await lostMemory.restoring()
  const informed = await resumeThreads({ chain, resumes, read: store.read, threads, composer, warn })
  await lostMemory.restored()
  await showChain(store, { informed, timeMs: desk.clock.now() })
}

/** Sends an empty receipt that shows the new chain to organisations that may have sent messages in threads that this desk store does not know. */
async function showChain(
  { read, commit }: DeskStore,
  { informed, timeMs }: { readonly informed: ReadonlySet<string>; readonly timeMs: number },
): Promise<void> {
  const receipt = { ...NOTHING, status: DeskReceiptStatus.RECEIVED, timeMs, code: '' }
  await commit((write) => {
    for (const { organisation } of read.peers())
      if (!informed.has(organisation)) write.addReceipt(organisation, encode(DeskReceipt, receipt))
  })
}

/** Yields all threads, page by page. A thread whose other side was informed moves to the front, which the iteration has already passed. */
function* idsOf(read: DeskReads): Generator<string> {
  for (let page = read.threads(PAGE); page.length > 0; ) {
    for (const { id } of page) yield id
    const { updatedMs: ms, id } = page.at(-1) as (typeof page)[number]
    page = read.threads(PAGE, { ms, id })
  }
}

/**
 * Informs the other side of every track that the desk store was restored, as the first event of the new chain. Resolves with the informed
 * organisations.
 */
async function resumeThreads(options: ResumeOptions): Promise<Set<string>> {
  const informed = new Set<string>()
  const { chain, resumes, read, threads, composer, warn } = options
  const previousChain = resumes.previousChain ?? new Uint8Array()
  for (const id of idsOf(read)) {
    const thread = readable(threads, id, warn)
    if (thread === undefined) continue
    const own = { role: thread.role, chain: toHex(chain) }
    for (const [counterpart, { events }] of thread.tracks) {
      informed.add(counterpart)
      if ([...events.values()].some((event) => isOfChain(event, own))) continue
      const content = { $case: 'resumed', value: { previousChain } } as const
      await composer.compose(thread, counterpart, { content }).catch((error) => {
        if (!RexError.is(error) || !SILENT.has(error.reason)) throw error
        warn('The other side of a thread cannot be informed of the restore.', error)
      })
    }
  }
  return informed
}
