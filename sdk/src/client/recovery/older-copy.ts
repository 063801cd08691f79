// Restores a desk store on opening if it lost data or is an older copy. docs/spec/mailbox.md, "Lease"
import { randomBytes } from 'node:crypto'
import type { AcquireLeaseRequest, AcquireLeaseResponse } from '@rex/proto/mailbox/v1/mailbox'
import { fromHex } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import type { DeskProblem } from '../api/problems.ts'
import { askLease, type TakeOver } from '../gateway/lease.ts'
import type { MailboxLink } from '../gateway/link.ts'
import type { Keyring } from '../keys/replacing/keyring.ts'
import type { RotatingKeys } from '../keys/rotating-keys.ts'
import type { DeskReads, DeskStore, DeskWrites } from '../store/store.ts'
import type { Unreadable } from './unreadable.ts'

/** How long to wait for the gateway. If it does not answer in time, it is asked again when the lease is acquired. */
const ASK_MS = 1500
/** Maximum number of threads listed in the notice. */
const NAMED = 5
const OLDER = 'The desk store is an older copy: the gateway has newer messages from it.'

/** Dependencies of `restoredIfOlder`. */
interface OlderCopyOptions {
  readonly link: MailboxLink
  readonly takeOver?: TakeOver
  /** Messages in the store that cannot be read and that partners will send again. Default: none. */
  readonly unreadable?: Unreadable | undefined
  /** Stores changed keys durably. */
  readonly keep: (current: RotatingKeys) => Promise<void>
  readonly now: () => number
}

/**
 * Returns the keys to continue with. If the store has lost data, these keys have a new chain that resumes the previous
 * chain (REX-MBX-091), so partners send the lost messages again. After a crash at any step, the next start completes
 * the work. The first commit after a loss makes the loss undetectable, so the new chain is stored before that commit.
 */
export async function restoredIfOlder<Keys extends RotatingKeys>(
  store: DeskStore,
  keys: Keys,
  options: OlderCopyOptions,
): Promise<Keys> {
  const { resumes } = keys
  const { threads = [], drop = nothing, done = nothing } = options.unreadable ?? {}
  const hasLost = store.forgot || threads.length > 0
  if (!hasLost && resumes !== undefined) await store.beginAnew()
  if (!hasLost && (resumes !== undefined || !(await isOlder(store, keys, options)))) {
    // Unreadable items are rebuilt here, without any help from partners.
    if (options.unreadable !== undefined) await store.commit(drop)
    done()
    return keys
  }
  if (store.forgot && store.read.peers().length === 0) throw gone()
  const restored = {
    ...keys,
    chain: randomBytes(16),
    resumes: resumes ?? { previousChain: keys.chain },
  }
  const detail = threads.slice(0, NAMED).join(', ')
  const notice = { kind: 'desk-restored', organisation: '', detail, noticedMs: options.now() } as const
  const tell = (write: DeskWrites) => write.putNotice(notice)
  if (!store.forgot) await store.commit(tell)
  await options.keep(restored)
  await store.beginAnew((write) => {
    tell(write)
    drop(write)
  })
  done()
  return restored
}

const nothing = () => {}

async function isOlder(
  { read }: DeskStore,
  { chain }: RotatingKeys,
  { link, takeOver }: OlderCopyOptions,
): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ASK_MS)
    return hasSeenMore(read, await askLease(link, { chain, ...knownTo(read) }, takeOver, { signal }))
  } catch {
    return false
  }
}

/**
 * Returns the last submission that the gateway has confirmed, according to this store. From it, the gateway notices whether it
 * has lost confirmations.
 */
export function knownTo(read: DeskReads): Pick<AcquireLeaseRequest, 'confirmed' | 'incarnation'> {
  const incarnation = read.incarnation()
  return incarnation === undefined
    ? {}
    : { confirmed: read.confirmed(), incarnation: fromHex(incarnation, 'incarnation') }
}

/** Whether the gateway has received more messages of this chain than the store has issued. */
export function hasSeenMore(read: DeskReads, { seen = 0 }: Pick<AcquireLeaseResponse, 'seen'>): boolean {
  return seen > read.lastOutgoing()
}

/** Returns the error for a store without pairings: the desk can read no messages, and only a person knows whether there is a backup. */
function gone(): RexError {
  return new RexError('STORE_FAILED', 'The desk store is empty: even its pairings are lost.', {
    hint: 'Restore a backup of the desk directory and run `rex-desk restore`. Without a backup, run it too, and pair again.',
  })
}

/** Records that the open store is an older copy. The desk is then restored when it is next opened, even if the gateway does not answer in time. */
export async function noteOlder(
  store: Pick<DeskStore, 'commit'>,
  { keyring, nowMs }: { readonly keyring: Pick<Keyring, 'keys' | 'change'>; readonly nowMs: number },
): Promise<void> {
  if (keyring.keys.resumes !== undefined) return
  const notice = { kind: 'desk-restored', organisation: '', detail: '', noticedMs: nowMs } as const
  await store.commit((write) => write.putNotice(notice))
  await keyring.change((keys) => ({
    ...keys,
    chain: randomBytes(16),
    resumes: { previousChain: keys.chain },
  }))
}

/** Returns the error for a desk whose store turned out to be an older copy while it was open. */
export function olderCopy(): RexError {
  return new RexError('STORE_FAILED', OLDER, { hint: 'Open the desk again: it then restores itself.' })
}

/** Returns the problem of a desk whose `signal` was aborted with the error of `olderCopy`. Empty for any other reason. */
export function olderCopyProblems({ reason }: AbortSignal): DeskProblem[] {
  if (!RexError.is(reason, 'STORE_FAILED') || reason.message !== OLDER) return []
  return [{ code: 'store-failed', severity: 'critical', message: `${OLDER} ${reason.hint}` }]
}
