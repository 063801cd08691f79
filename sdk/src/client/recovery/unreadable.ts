// Rows of a damaged desk store that cannot be read: those that partners still send again are dropped. docs/spec/mailbox.md, REX-MBX-108
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

/** Messages that cannot be read, and come again. */
export interface Unreadable {
  /** Ids of threads with such messages, hex. */
  readonly threads: readonly string[]
  /** Inside a commit: drops what comes again, and writes unreadable items anew. */
  drop(write: DeskWrites): void
  /** After that commit: accepts the store, unless something unreadable is left that only a backup can bring back. */
  done(): void
}

/** A stored message that cannot be read. */
type Lost = Pick<MessageRecord, 'sequence' | 'digest'>

/** A thread as far as it can be read. */
interface Found {
  readonly shell: OpenThread | undefined
  /** The summary was damaged, and was made anew. */
  readonly isRenewed: boolean
  readonly messages: readonly ThreadMessage[]
  readonly lost: readonly Lost[]
  /** Of the lost messages, those that partners send again. */
  readonly again: readonly Lost[]
}

/** Looks through a store whose rows may be damaged. Undefined: it is not damaged. */
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

/** All threads, page by page. */
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
  // All messages are dropped if the refer comes again, and none otherwise; nor if one can be read that nobody sends again.
  const all = !onlyHere && stored.slice(0, 1).some(comesAgain) ? stored : []
  return { shell: undefined, isRenewed: false, messages: [], lost: stored, again: all }
}

/** The summary of a received thread, from its refer. The thread may have been under legal hold, so that only a person can let it be erased. */
function renewedFrom(
  refer: ThreadMessage,
  { organisation, nowMs }: Pick<UnreadableOptions, 'organisation' | 'nowMs'>,
): Summary {
  const { commitment } = refer.evidence.deliveries[0] ?? {}
  const note = 'The record of this referral was damaged. It may have been under legal hold before.'
  const hold = { note, sinceMs: nowMs }
  return { ...summaryOf(refer, { organisation, lane: commitment?.lane }), hold }
}

/** Whether the other side may still send a message again: it was received, and messages of its age may not have expired. */
function comingAgain(repair: StoreRepair, nowMs: number): (message: Lost) => boolean {
  return ({ digest }) => {
    const id = repair.verdictId(digest)
    return id !== undefined && timeOfMessageId(id) + LIMITS.maxLifetime > nowMs
  }
}

/**
 * Returns what to do with an item. An item that can be read stays. An item about a dropped message comes again with that message. Any other
 * item is made anew from its message. Undefined: the message cannot be read either, or is an own one.
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
