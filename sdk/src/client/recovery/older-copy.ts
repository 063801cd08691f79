// A desk store that has forgotten something, or is an older copy, is restored as one when it is opened. docs/spec/mailbox.md, "Lease"
import { randomBytes } from 'node:crypto'
import type { AcquireLeaseRequest, AcquireLeaseResponse } from '@rex/proto/mailbox/v1/mailbox'
import { fromHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import type { MailboxLink } from '../gateway/link.ts'
import type { RotatingKeys } from '../keys/rotating-keys.ts'
import type { DeskReads, DeskStore, DeskWrites } from '../store/store.ts'

/** A gateway that does not answer soon is asked again when the lease is taken. */
const ASK_MS = 1500

/** Dependencies of the restore. */
export interface OlderCopyOptions {
  readonly link: MailboxLink
  readonly takeOver: boolean
  /** Keeps changed keys durably. */
  readonly keep: (current: RotatingKeys) => Promise<void>
  readonly now: () => number
}

/**
 * The keys to go on with: under a new chain, which resumes the one before, if the store is not what it was (REX-MBX-091). A death at
 * any step leaves what the next start completes: the first commit settles what was forgotten, so that the new chain is kept before it.
 */
export async function restoredIfOlder<Keys extends RotatingKeys>(
  store: DeskStore,
  keys: Keys,
  options: OlderCopyOptions,
): Promise<Keys> {
  const { resumes } = keys
  if (!store.forgot && resumes !== undefined) await store.beginAnew()
  const forgot = store.forgot || (resumes === undefined && (await isOlder(store, keys, options)))
  if (!forgot) return keys
  if (store.forgot && store.read.peers().length === 0) throw gone()
  const restored = {
    ...keys,
    chain: randomBytes(16),
    resumes: resumes ?? { previousChain: keys.chain },
  }
  const notice = { kind: 'desk-restored', organisation: '', detail: '', noticedMs: options.now() } as const
  const tell = (write: DeskWrites) => write.putNotice(notice)
  if (!store.forgot) await store.commit(tell)
  await options.keep(restored)
  await store.beginAnew(tell)
  return restored
}

async function isOlder(
  { read }: DeskStore,
  { chain }: RotatingKeys,
  { link, takeOver }: OlderCopyOptions,
): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ASK_MS)
    return hasSeenMore(
      read,
      await link.mailbox.acquireLease({ chain, takeOver, ...knownTo(read) }, { signal }),
    )
  } catch {
    return false
  }
}

/** What the gateway has confirmed, so that it notices if it has forgotten that. */
export function knownTo(read: DeskReads): Pick<AcquireLeaseRequest, 'confirmed' | 'incarnation'> {
  const incarnation = read.incarnation()
  return incarnation === undefined
    ? {}
    : { confirmed: read.confirmed(), incarnation: fromHex(incarnation, 'incarnation') }
}

/** Whether the gateway has got more of this chain than the store has given. */
export function hasSeenMore(read: DeskReads, { seen = 0 }: Pick<AcquireLeaseResponse, 'seen'>): boolean {
  return seen > read.lastOutgoing()
}

/** Without its pairings a desk can read nobody. Whether there is a backup is for a person to know. */
function gone(): RexError {
  return new RexError('STORE_FAILED', 'The desk store is gone: nothing is left in it, not even a pairing.', {
    hint: 'Put back a backup of the desk directory and run `rex-desk restore`. Without a backup, run that too, and pair again.',
  })
}

/** The end of a desk whose store turned out to be an older copy while it was open. */
export function olderCopy(): RexError {
  return new RexError('STORE_FAILED', 'The desk store is an older copy: the gateway has got more from it.', {
    hint: 'Open the desk again: it is then restored by itself.',
  })
}
