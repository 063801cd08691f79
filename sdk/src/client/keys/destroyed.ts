// Remembers the ids of this desk's former encryption keys after the keys are destroyed. docs/spec/mailbox.md, REX-MBX-061
import { advance, type EpochChain, epochAt, publicEpochs } from '../../core/identity/epoch.ts'
import { kid } from '../../core/jose/key.ts'
import { LIMITS } from '../../core/limits.ts'

/** Maximum number of ids to keep: enough for more than a year, at two keys per epoch. */
const KEPT = 128
/** Number of epochs for which partners may still seal to published keys after the desk has lost the seeds of these keys. */
const PUBLISHED = LIMITS.epochsAhead + 4

/** The record of keys that a desk has destroyed or lost. */
export interface DestroyedKeys {
  /** Ids of destroyed keys, newest last. Default: none. */
  readonly destroyed?: readonly string[]
  /** Epoch in which a new chain of seeds began, because the seeds and all key ids were lost. Default: never lost. */
  readonly seedsSince?: number
}

/** Advances the chain of epoch seeds to a later epoch, and records the ids of the destroyed earlier keys (REX-ID-031). */
export async function destroyBefore<T extends DestroyedKeys & { readonly epochs: EpochChain }>(
  keys: T,
  epoch: number,
): Promise<T> {
  const first = Math.max(keys.epochs.epoch, epoch - KEPT)
  const gone = await publicEpochs(keys.epochs, first, Math.max(epoch - first, 0))
  const ids = gone.flatMap(({ x25519, hpke }) => [kid(x25519), kid(hpke)])
  const destroyed = [...(keys.destroyed ?? []), ...ids].slice(-KEPT)
  return { ...keys, destroyed, epochs: advance(keys.epochs, epoch) }
}

/** Whether a missing key may once have been this desk's. Times are Unix milliseconds. */
export function mayHaveBeen(
  { destroyed = [], seedsSince }: DestroyedKeys,
  keyId: string,
  now: number,
): boolean {
  return destroyed.includes(keyId) || (seedsSince !== undefined && epochAt(now) <= seedsSince + PUBLISHED)
}
