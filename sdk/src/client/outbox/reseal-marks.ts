// Marks messages to be sealed again, a batch at a time. docs/spec/envelope.md, "Sealing"
import type { DeskStore, Resealable, ResealPlace } from '../store/store.ts'

/** Deliveries that one transaction looks at, so that nobody waits long for it. */
const AT_ONCE = 512

/**
 * Marks the messages that had one of these states, in several transactions. If the desk ends in between, some are
 * marked: the caller records the cause only afterwards, so that the marks are repeated.
 */
export async function markForReseal(store: DeskStore, wanted: Resealable): Promise<void> {
  let after: ResealPlace | undefined
  do after = await store.commit((write) => write.markForReseal(wanted, AT_ONCE, after))
  while (after !== undefined)
}

/** Marks the stored messages that are to be offered again, in several transactions. */
export async function markOffered(store: DeskStore, nowMs: number, lastMs: number): Promise<void> {
  while ((await store.commit((write) => write.markOffered(nowMs, lastMs, AT_ONCE))) === AT_ONCE);
}
