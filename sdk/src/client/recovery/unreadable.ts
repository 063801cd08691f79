// Finds unreadable rows in a damaged desk store, and drops those that partners will send again. docs/spec/mailbox.md, REX-MBX-108
import { toHex } from '../../core/encoding/encoding.ts'
import { manifestDigest } from '../../core/envelope/digest.ts'
import { timeOfMessageId } from '../../core/envelope/id.ts'
import { LIMITS } from '../../core/limits.ts'
import type {
  DeskReads,
  DeskStore,
  DeskWrites,
  ItemRecord,
  MessageRecord,
  StoreRepair,
  ThreadRecord,
} from '../store/store.ts'
import type { ItemContent } from '../thread/item.ts'
import {
  isRefer,
  type OpenThread,
  type Summary,
  summaryOf,
  type ThreadMessage,
} from '../thread/repository/open-thread.ts'
import { attempt, decodeMessage, type ThreadRepository } from '../thread/repository/repository.ts'

const PAGE = 256

/** Dependencies of `findUnreadable`. */
interface UnreadableOptions {
  readonly organisation: string
  readonly threads: ThreadRepository
  readonly nowMs: number
}

/** Messages that cannot be read and will be sent again. */
export interface Unreadable {
  /** Ids of threads with such messages, hex. */
  readonly threads: readonly string[]
  /** Call it inside a commit. Drops the messages that will be sent again, and rewrites unreadable items. */
  drop(write: DeskWrites): void
  /** Call it after the commit with `drop`. Accepts the store as undamaged, unless it still has unreadable rows that only a backup can restore. */
  done(): void
}

/** A stored message that cannot be read. */
type Lost = Pick<MessageRecord, 'sequence' | 'digest'>

/** The readable and the lost parts of a thread. */
interface Found {
  readonly shell: OpenThread | undefined
  /** Whether the summary was damaged and has been rebuilt. */
  readonly isRenewed: boolean
  readonly messages: readonly ThreadMessage[]
  readonly lost: readonly Lost[]
  /** The lost messages that partners will send again. */
  readonly again: readonly Lost[]
}

/** Checks a store whose rows may be damaged. Returns undefined if it is undamaged. */
export function findUnreadable(
  { read, repair }: Pick<DeskStore, 'read' | 'repair'>,
  { organisation, threads, nowMs }: UnreadableOptions,
): Unreadable | undefined {
  if (repair === undefined) return undefined
  const comesAgain = comingAgain(repair, nowMs)
  const found = (record: ThreadRecord) =>
    readThread(record, { read, threads, comesAgain, organisation, nowMs })
  const dropped: string[] = []
  const work: ((write: DeskWrites) => void)[] = []
  let left = 0
  for (const record of recordsOf(read)) {
    if (record.erased !== undefined) continue
    const { lost, again, shell, isRenewed } = found(record)
    if (shell === undefined ? again.length === 0 : again.length < lost.length) left += 1
    if (again.length > 0) dropped.push(record.id)
    if (shell !== undefined && isRenewed)
      work.push((write) => write.putThread(threads.record(shell, record.updatedMs)))
    for (const message of again) work.push(() => repair.drop(message))
  }
  for (const item of repair.items()) {
    const record = read.thread(item.thread)
    if (record?.erased !== undefined) continue
    const renewal = renewalOf(item, { threads, organisation, ...(record && found(record)) })
    if (renewal === undefined) left += 1
    else work.push(renewal)
  }
  return {
    threads: dropped,
    drop(write) {
      for (const step of work) step(write)
    },
    done() {
      if (left === 0) repair.done()
    },
  }
}

/** Yields all threads, page by page. */
function* recordsOf(read: DeskReads): Generator<ThreadRecord> {
  for (let page = read.threads(PAGE); page.length > 0; ) {
    yield* page
    const { updatedMs: ms, id } = page.at(-1) as ThreadRecord
    page = read.threads(PAGE, { ms, id })
  }
}

function readThread(
  record: ThreadRecord,
  {
    read,
    threads,
    comesAgain,
    ...by
  }: UnreadableOptions & {
    readonly read: DeskReads
    readonly comesAgain: (message: Lost) => boolean
  },
): Found {
  const stored = read.messages(record.id)
  const whole = attempt(() => threads.shell(record))
  const shell = whole ?? attempt(() => threads.bare(record))
  const messages: ThreadMessage[] = []
  const lost: Lost[] = []
  let onlyHere = false
  for (const one of stored) {
    const message = shell && attempt(() => decodeMessage(shell, one))
    const digest = message?.evidence.manifest && toHex(manifestDigest(message.evidence.manifest.payload))
    if (message === undefined || digest === undefined) lost.push(one)
    else if (digest !== one.digest) lost.push({ sequence: one.sequence, digest })
    else {
      messages.push(message)
      onlyHere ||= !comesAgain(one)
    }
  }
  const again = lost.filter(comesAgain)
  if (whole !== undefined) return { shell, isRenewed: false, messages, lost, again }
  const refer = messages.find((message) => isRefer(message) && message.status !== 'conflict')
  if (shell !== undefined && refer !== undefined && record.role === 'recipient') {
    shell.summary = renewedFrom(refer, by)
    return { shell, isRenewed: true, messages, lost, again }
  }
  // If the refer will be sent again, all messages are dropped, unless a readable message exists only at this desk. Otherwise
  // none is dropped.
  const all = !onlyHere && stored.slice(0, 1).some(comesAgain) ? stored : []
  return { shell: undefined, isRenewed: false, messages: [], lost: stored, again: all }
}

/**
 * Rebuilds the summary of a received thread from its refer. The thread may have been under legal hold, so it is put under legal
 * hold, from which only a person can release it.
 */
function renewedFrom(
  refer: ThreadMessage,
  { organisation, nowMs }: Pick<UnreadableOptions, 'organisation' | 'nowMs'>,
): Summary {
  const { commitment } = refer.evidence.deliveries[0] ?? {}
  const note = 'The record of this referral was damaged. It may have been under legal hold before.'
  const hold = { note, sinceMs: nowMs }
  return { ...summaryOf(refer, { organisation, lane: commitment?.lane }), hold }
}

/**
 * Returns a function that checks whether the other side may still resend a message: this desk received the message, and the maximum lifetime since
 * its creation is not over.
 */
function comingAgain(repair: StoreRepair, nowMs: number): (message: Lost) => boolean {
  return ({ digest }) => {
    const id = repair.verdictId(digest)
    return id !== undefined && timeOfMessageId(id) + LIMITS.maxLifetime > nowMs
  }
}

/**
 * Returns the work that repairs an item: keeps a readable item; removes an item about a dropped message, because both will
 * arrive again; rebuilds any other item from its message. Returns undefined if that message is unreadable too, or was sent by
 * this desk.
 */
function renewalOf(
  item: ItemRecord,
  {
    threads,
    organisation,
    shell,
    messages = [],
    again = [],
  }: Pick<UnreadableOptions, 'organisation' | 'threads'> & Partial<Found>,
): ((write: DeskWrites) => void) | undefined {
  const remove = (write: DeskWrites) => write.removeItem(item.sequence)
  if (shell === undefined) return again.length > 0 ? remove : undefined
  const content = attempt(() => threads.unseal<ItemContent>(shell, item.content))
  if (content !== undefined) {
    const isAbout = 'digest' in content && again.some(({ digest }) => digest === content.digest)
    return isAbout ? remove : () => {}
  }
  const about = messages.find(({ manifest }) => toHex(manifest.messageId) === item.id)
  if (about === undefined || about.manifest.sender === organisation) return undefined
  const anew: ItemContent = { kind: isRefer(about) ? 'referral' : 'event', digest: about.digest }
  return (write) => {
    remove(write)
    write.addItem({ ...item, content: threads.seal(shell, anew) })
  }
}
