// Former encryption keys of this desk: their ids stay known after the keys are destroyed. docs/spec/mailbox.md, REX-MBX-061
import { advance, type EpochChain, epochAt, publicEpochs } from '../../core/identity/epoch.ts'
import { kid } from '../../core/jose/key.ts'
import { LIMITS } from '../../core/limits.ts'

/** Ids of more than a year, with two keys an epoch. */
const KEPT = 128
/** For how many epochs a partner may still seal to keys that were published before the seeds were lost. */
const PUBLISHED = LIMITS.epochsAhead + 4

/** Facts that a desk still knows about keys that it has destroyed or lost. */
export interface DestroyedKeys {
  /** Ids of destroyed keys, the newest last. Default: none. */
  readonly destroyed?: readonly string[]
  /** The seeds were lost with everything that was known of them, and a new chain of seeds began in this epoch. Default: never. */
  readonly seedsSince?: number
}

/** The chain from a later epoch on, and the ids of the destroyed earlier keys (REX-ID-031). */
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

/** Whether a key that does not exist may have been this desk's. Unix milliseconds. */
export function mayHaveBeen(
  { destroyed = [], seedsSince }: DestroyedKeys,
  keyId: string,
  now: number,
): boolean {
  return destroyed.includes(keyId) || (seedsSince !== undefined && epochAt(now) <= seedsSince + PUBLISHED)
}
