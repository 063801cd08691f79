// Marks messages for resealing, in batches. docs/spec/envelope.md, "Sealing"
import type { DeskStore, Resealable, ResealPlace } from '../store/store.ts'

/** Number of deliveries to scan in one transaction. The limit keeps other writers from waiting long. */
const AT_ONCE = 512

/**
 * Marks the messages that have one of these states, in several transactions. If the desk stops midway, only some messages
 * are marked. So a caller must not record the cause of the marking before this call has ended: without that record, the
 * marking is repeated after a restart.
 */
export async function markForReseal(store: DeskStore, wanted: Resealable): Promise<void> {
  let after: ResealPlace | undefined
  do after = await store.commit((write) => write.markForReseal(wanted, AT_ONCE, after))
  while (after !== undefined)
}

/** Marks for resealing the stored messages that are due to be offered again, in several transactions. `lastMs`: as in `DeskWrites.markOffered`. */
export async function markOffered(store: DeskStore, nowMs: number, lastMs: number): Promise<void> {
  while ((await store.commit((write) => write.markOffered(nowMs, lastMs, AT_ONCE))) === AT_ONCE);
}
