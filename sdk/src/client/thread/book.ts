// The book of threads: reads them from the store, decrypts them, and keeps the open ones at hand. docs/guide/desk.md, "Threads"
import { hkdfSync } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import { type Manifest, Section } from '@rex/proto/core/v1/envelope'
import { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { Event, EventType } from '@rex/proto/core/v1/thread'
import { compare, decode, encode, toHex } from '../../core/encoding/encoding.ts'
import { sectionDigest } from '../../core/envelope/digest.ts'
import { parseManifest } from '../../core/envelope/manifest.ts'
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import type { Referral } from '../../core/referral/index.ts'
import { addEvent, dropEvent, openTrack, type Track, type TrackEvent } from '../../core/thread/track.ts'
import type { Role } from '../../core/thread/transitions.ts'
import { newKey, openAtRest, sealAtRest } from '../keys/cipher.ts'
import type { DeskReads, DeskWrites, MessageRecord, MessageStatus, ThreadRecord } from '../store/store.ts'

/** What is kept at hand. Of a thread what its messages hold counts; in memory it takes some four times as much. */
const CACHE = { threads: 128, bytes: 4 * 1024 ** 2 }
/** Bytes of a group id; anything else names no group (REX-THR-008). */
export const GROUP_ID = 16
const REF_MAC = 16

/** What lists show of a thread. Sealed at rest. */
export interface Summary {
  readonly ref?: string
  readonly kind: string
  readonly urgent: boolean
  readonly referrer: string
  readonly recipients: readonly string[]
  /** Thread id of the newest referral of this desk's that follows it. */
  readonly followedBy?: string
  /** By recipient: indexes of the refer's sections that `disclose` gives it after its accept. Absent: the referral came from elsewhere. */
  readonly staged?: Readonly<Record<string, readonly number[]>>
}

/** A message of a thread, decrypted. */
export interface ThreadMessage {
  readonly sequence: number
  /** Manifest digest, hex. */
  readonly digest: string
  readonly status: MessageStatus
  readonly manifest: Manifest
  readonly event: Event
  /** Canonical Section bytes of the referral's sections that this desk has, by index in the manifest. */
  readonly sections: readonly {
    readonly index: number
    readonly type: string
    readonly content: Uint8Array
    readonly bytes: Uint8Array
  }[]
  readonly evidence: EvidenceMessage
}

/** A thread in memory. Its tracks and messages change as events are added. */
export interface OpenThread {
  readonly id: string
  readonly role: Role
  readonly test: boolean
  readonly key: Uint8Array
  summary: Summary
  readonly messages: ThreadMessage[]
  /** Other messages under an id of these: proof that their sender signed both (T-043). */
  readonly conflicts: ThreadMessage[]
  /** By counterpart: the other organisation. */
  readonly tracks: Map<string, Track>
}

/** The book. */
export interface Book {
  /** @throws RexError NOT_FOUND */
  open(id: string): OpenThread
  find(id: string): OpenThread | undefined
  /** A new thread. `keep` puts it in the book. */
  create(thread: Pick<OpenThread, 'id' | 'role' | 'test' | 'summary'>): OpenThread
  keep(thread: OpenThread): void
  /** What was not committed is undone in memory too: a thread in use is read from the store again, or let go if it is not there. */
  reload(id: string): void
  /** The record to store for a thread. */
  record(thread: OpenThread, updatedMs: number): ThreadRecord
  /** Sealed content of a message. */
  sealMessage(thread: OpenThread, evidence: EvidenceMessage): Uint8Array
  /** Keeps something of a thread for the application, such as an item. */
  seal(thread: OpenThread, value: object): Uint8Array
  unseal<T>(thread: OpenThread, sealed: Uint8Array): T
  summaryOf(record: ThreadRecord): Summary
  /** By what the store finds the threads with an own reference. */
  refMacOf(ref: string): string
}

/** Opens the book of an organisation. */
export function openBook(organisation: string, archiveKey: Uint8Array, read: DeskReads): Book {
  const cache = new Map<string, { readonly thread: OpenThread; readonly bytes: number }>()
  let cachedBytes = 0
  // A thread in use is one object, however long ago it was read: two would claim the same place in the chain.
  const inUse = new Map<string, WeakRef<OpenThread>>()
  const unused = new FinalizationRegistry<string>((id) => {
    if (inUse.get(id)?.deref() === undefined) inUse.delete(id)
  })

  function remember(thread: OpenThread): OpenThread {
    if (inUse.get(thread.id)?.deref() !== thread) {
      inUse.set(thread.id, new WeakRef(thread))
      unused.register(thread, thread.id)
    }
    drop(thread.id)
    const bytes = bytesOf(thread)
    cache.set(thread.id, { thread, bytes })
    cachedBytes += bytes
    for (const id of cache.keys())
      if (cache.size > CACHE.threads || cachedBytes > CACHE.bytes) drop(id)
      else break
    return thread
  }

  function drop(id: string): void {
    cachedBytes -= cache.get(id)?.bytes ?? 0
    cache.delete(id)
  }

  function forget(id: string): void {
    drop(id)
    inUse.delete(id)
  }

  function unwrap({ id, key }: ThreadRecord): Uint8Array {
    return openAtRest(archiveKey, key, `thread key ${id}`)
  }

  function refMacOf(ref: string): string {
    return toHex(new Uint8Array(hkdfSync('sha256', archiveKey, ref, 'REX own reference', REF_MAC)))
  }

  function load(record: ThreadRecord): OpenThread {
    const { id, role, test } = record
    const key = unwrap(record)
    const summary = unsealValue<Summary>(key, record.summary, id)
    const thread: OpenThread = { id, role, test, key, summary, ...empty() }
    for (const message of read.messages(id))
      placeMessage(thread, decodeMessage(thread, message), organisation)
    return thread
  }

  const book: Book = {
    find(id) {
      const known = inUse.get(id)?.deref()
      if (known !== undefined) return remember(known)
      const record = read.thread(id)
      return record && remember(load(record))
    },
    open(id) {
      const thread = book.find(id)
      if (thread === undefined) throw new RexError('NOT_FOUND', 'There is no such thread at this desk.')
      return thread
    },
    create: (thread) => ({ ...thread, key: newKey(), ...empty() }),
    keep: remember,
    reload(id) {
      const thread = inUse.get(id)?.deref()
      if (thread === undefined) return
      const record = read.thread(id)
      if (record === undefined) forget(id)
      else replace(thread, load(record))
    },
    record: (thread, updatedMs) => ({
      id: thread.id,
      role: thread.role,
      test: thread.test,
      key: sealAtRest(archiveKey, thread.key, `thread key ${thread.id}`),
      summary: sealValue(thread.key, thread.summary, thread.id),
      refMac: thread.summary.ref === undefined ? '' : refMacOf(thread.summary.ref),
      updatedMs,
    }),
    sealMessage: (thread, evidence) => sealAtRest(thread.key, encode(EvidenceMessage, evidence), thread.id),
    seal: (thread, value) => sealValue(thread.key, value, thread.id),
    unseal: (thread, sealed) => unsealValue(thread.key, sealed, thread.id),
    summaryOf: (record) => unsealValue(unwrap(record), record.summary, record.id),
    refMacOf,
  }
  return book
}

function bytesOf({ messages, conflicts }: OpenThread): number {
  const sizes = [...messages, ...conflicts].map(({ evidence: { manifest, sections } }) =>
    sections.reduce((sum, section) => sum + section.length, manifest?.payload.length ?? 0),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function empty(): Pick<OpenThread, 'messages' | 'conflicts' | 'tracks'> {
  return { messages: [], conflicts: [], tracks: new Map() }
}

/** The same object, as it was read anew. */
function replace(thread: OpenThread, { summary, messages, conflicts, tracks }: OpenThread): void {
  thread.summary = summary
  thread.messages.splice(0, thread.messages.length, ...messages)
  thread.conflicts.splice(0, thread.conflicts.length, ...conflicts)
  thread.tracks.clear()
  for (const [counterpart, track] of tracks) thread.tracks.set(counterpart, track)
}

/** A thread among others. One that cannot be read must not cost the others: undefined, and a word to `warn`. */
export function readable(
  book: Book,
  id: string,
  warn: (message: string, error: RexError) => void,
): OpenThread | undefined {
  try {
    return book.open(id)
  } catch (error) {
    warn('A thread cannot be read.', RexError.from(error))
    return undefined
  }
}

/** The other organisations that a message concerns. */
export function counterpartsOf(
  thread: OpenThread,
  manifest: Manifest,
  { evidence, organisation }: { evidence: EvidenceMessage; organisation: string },
): string[] {
  if (manifest.sender !== organisation) return [manifest.sender]
  if (thread.role === 'recipient') return [thread.summary.referrer]
  const named = evidence.deliveries.flatMap(({ commitment }) =>
    commitment === undefined ? [] : [commitment.recipient],
  )
  return [...new Set(named)]
}

/** A message as plain data for the machine. */
export function trackEventOf(
  thread: Pick<OpenThread, 'role'>,
  manifest: Manifest,
  {
    digest,
    event,
    sections,
    organisation,
  }: Pick<ThreadMessage, 'digest' | 'event'> & {
    readonly sections: readonly { readonly type: string }[]
    readonly organisation: string
  },
): TrackEvent {
  const mine = manifest.sender === organisation
  const other: Role = thread.role === 'referrer' ? 'recipient' : 'referrer'
  return {
    digest,
    messageId: toHex(manifest.messageId),
    role: mine ? thread.role : other,
    chain: toHex(manifest.chain),
    counter: manifest.counter,
    heads: manifest.heads.map(toHex),
    void: manifest.void.map(toHex),
    createdMs: manifest.createdMs,
    type: manifest.type,
    event,
    sections: sections.map(({ type }) => type),
  }
}

/** The message that opened a thread. */
export function referOf({ messages }: OpenThread): ThreadMessage | undefined {
  return messages.find(({ manifest }) => manifest.type === EventType.REFER)
}

/** The parts of a referral that travel outside its sections (REX-REF-001). */
export function headOf(thread: OpenThread): Pick<Referral, 'kind' | 'test' | 'lane' | 'group'> {
  const { kind, urgent } = thread.summary
  const content = referOf(thread)?.event?.content
  const refer =
    content?.$case === 'refer' && content.value.group.length === GROUP_ID ? content.value : undefined
  return {
    kind,
    test: thread.test,
    ...(urgent && { lane: 'urgent' }),
    ...(refer && { group: { id: toHex(refer.group), index: refer.groupIndex, size: refer.groupSize } }),
  }
}

/** Whether a message is a refer that waits for a person: unlike other held messages it stands in its track (REX-THR-005). */
export function isHeldRefer({ status, manifest }: ThreadMessage): boolean {
  return status === 'held' && manifest.type === EventType.REFER
}

/** Messages of an organisation that wait for a person, because a code in them is not understood. */
export function heldFrom({ messages }: OpenThread, organisation: string): ThreadMessage[] {
  return messages.filter(({ status, manifest }) => status === 'held' && manifest.sender === organisation)
}

/** Changes what counts of a message, here and in the store. */
export function markMessage(
  write: DeskWrites,
  thread: OpenThread,
  digest: string,
  status: MessageStatus,
): void {
  replaceMessage(thread, digest, (message) => ({ ...message, status }))
  write.updateMessage(digest, { status })
}

/** Adds deliveries to the evidence of an own message that was sealed again, here and in the store. */
export function extendEvidence(
  write: DeskWrites,
  book: Book,
  { thread, digest, more }: { thread: OpenThread; digest: string; more: EvidenceMessage['deliveries'] },
): void {
  const extended = replaceMessage(thread, digest, ({ evidence, ...message }) => ({
    ...message,
    evidence: { ...evidence, deliveries: [...evidence.deliveries, ...more] },
  }))
  if (extended !== undefined)
    write.updateMessage(digest, { content: book.sealMessage(thread, extended.evidence) })
}

function replaceMessage(
  { messages }: OpenThread,
  digest: string,
  change: (message: ThreadMessage) => ThreadMessage,
): ThreadMessage | undefined {
  const at = messages.findIndex((message) => message.digest === digest)
  const before = messages[at]
  if (before === undefined) return undefined
  const after = change(before)
  messages[at] = after
  return after
}

/** Puts a message in its thread and tracks. What its own past refuses stays on record only. */
export function placeMessage(thread: OpenThread, message: ThreadMessage, organisation: string): void {
  const { status, manifest, evidence, digest } = message
  if (status === 'conflict') return void thread.conflicts.push(message)
  thread.messages.push(message)
  if (status === 'held' && !isHeldRefer(message)) return
  for (const counterpart of counterpartsOf(thread, manifest, { evidence, organisation })) {
    const sections = sectionsFor(message, counterpart)
    const event = trackEventOf(thread, manifest, { ...message, sections, organisation })
    const track = thread.tracks.get(counterpart)
    if (track === undefined) thread.tracks.set(counterpart, openTrack(event))
    else thread.tracks.set(counterpart, status === 'dropped' ? dropEvent(track, digest) : grow(track, event))
  }
}

/** The sections of a message in the track with an organisation: of an own refer, what it granted to that one. */
function sectionsFor({ sections, evidence }: ThreadMessage, counterpart: string): ThreadMessage['sections'] {
  const granted = grantedTo(evidence, counterpart)
  return granted === undefined ? sections : sections.filter(({ index }) => granted.includes(index))
}

/** Indexes of the sections that an own message grants to an organisation. Undefined: it does not go there. */
export function grantedTo(
  { deliveries }: EvidenceMessage,
  organisation: string,
): readonly number[] | undefined {
  return deliveries.find(({ commitment }) => commitment?.recipient === organisation)?.commitment?.sections
}

/** Whether a message stands in a track: it was neither held back, dropped nor forked, and waits for no other. */
export function isPlaced({ tracks }: OpenThread, { digest }: Pick<ThreadMessage, 'digest'>): boolean {
  return [...tracks.values()].some(({ events }) => events.has(digest))
}

function grow(track: Track, event: TrackEvent): Track {
  try {
    return addEvent(track, event).track
  } catch (error) {
    if (RexError.is(error, 'INVALID_EVENT')) return track
    throw error
  }
}

/** A message from its evidence. */
export function messageOf(
  evidence: EvidenceMessage,
  at: Pick<MessageRecord, 'sequence' | 'digest' | 'status'>,
): ThreadMessage {
  const manifest = parseManifest(evidence.manifest?.payload ?? new Uint8Array())
  const sections = evidence.sections.map((bytes) => {
    const { type, content } = decode(Section, bytes, 'section', LIMITS.envelope)
    const digest = sectionDigest(bytes)
    return {
      index: manifest.sectionDigests.findIndex((entry) => compare(entry, digest) === 0),
      type,
      content,
      bytes,
    }
  })
  const eventSection = sections.find(({ type }) => type === 'event')
  const event =
    manifest.event ?? decode(Event, eventSection?.content ?? new Uint8Array(), 'event', LIMITS.envelope)
  return { ...at, manifest, event, sections: sections.filter(({ type }) => type !== 'event'), evidence }
}

function decodeMessage(thread: OpenThread, record: MessageRecord): ThreadMessage {
  const { sequence, digest, status } = record
  return messageOf(EvidenceMessage.decode(openAtRest(thread.key, record.content, thread.id)), {
    sequence,
    digest,
    status,
  })
}

function sealValue(key: Uint8Array, value: object, purpose: string): Uint8Array {
  return sealAtRest(key, serialize(value), purpose)
}

function unsealValue<T>(key: Uint8Array, sealed: Uint8Array, purpose: string): T {
  return deserialize(openAtRest(key, sealed, purpose)) as T
}

/** The track with an organisation. @throws RexError NOT_FOUND */
export function trackOf(thread: OpenThread, counterpart: string): Track {
  const track = thread.tracks.get(counterpart)
  if (track === undefined) throw new RexError('NOT_FOUND', `The thread has no track with ${counterpart}.`)
  return track
}
