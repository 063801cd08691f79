// The thread repository: reads threads from the store, decrypts them, and caches open threads. docs/guide/desk.md, "Threads"
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { encoded, toHex } from '../../../core/encoding/encoding.ts'
import { RexError } from '../../../core/error.ts'
import { openAtRest, sealAtRest } from '../../keys/cipher.ts'
import { ThreadKeys } from '../../keys/thread-keys.ts'
import type { DeskReads, DeskStore, MessageRecord, ThreadRecord } from '../../store/store.ts'
import { ThreadCache } from './cache.ts'
import { messageOf, placeMessage } from './messages.ts'
import { isRefer, type OpenThread, type Summary, type ThreadMessage } from './open-thread.ts'

const REF_MAC = 16
const TOKEN = 6
/** Upper limit of tokens: SQLite stores numbers below it in six bytes. */
const MOST_TOKENS = 2 ** 47
/** The version of the format in which JSON values of a thread are stored. */
const VALUES = 1

/** Reads and caches the threads of an organisation. */
export class ThreadRepository {
  readonly #organisation: string
  readonly #archiveKey: Uint8Array
  readonly #read: DeskReads
  readonly #keys: ThreadKeys
  /** A key object and not bytes, because Node would check the bytes for every MAC, which takes longer than the MAC itself. */
  readonly #searchKey: KeyObject
  readonly #cache = new ThreadCache()

  /** `archiveKey` wraps the thread keys. */
  constructor(organisation: string, archiveKey: Uint8Array, store: Pick<DeskStore, 'read' | 'keys'>) {
    this.#organisation = organisation
    this.#archiveKey = archiveKey
    this.#read = store.read
    this.#keys = new ThreadKeys(archiveKey, store.keys)
    const searchKey = hkdfSync('sha256', archiveKey, '', 'REX search index', 32)
    this.#searchKey = createSecretKey(new Uint8Array(searchKey))
  }

  find(id: string): OpenThread | undefined {
    const known = this.#cache.find(id)
    if (known !== undefined) return this.#cache.keep(known)
    const record = this.#read.thread(id)
    return record && this.#cache.keep(this.#load(record))
  }

  /**
   * Returns the thread for a received refer, even if the thread had lost that refer. Returns undefined if the thread is
   * unknown or completely lost.
   * @throws RexError STORE_FAILED
   */
  findForRefer(id: string): OpenThread | undefined {
    const record = this.#read.thread(id)
    if (record === undefined || record.erased !== undefined || this.#cache.find(id) !== undefined)
      return this.find(id)
    const messages = this.#read.messages(id)
    const shell = messages.length === 0 ? attempt(() => this.shell(record)) : this.shell(record)
    const hasRefer = shell !== undefined && messages.some((message) => isRefer(decodeMessage(shell, message)))
    return hasRefer ? this.find(id) : shell
  }

  /** Returns a thread. @throws RexError NOT_FOUND */
  open(id: string): OpenThread {
    const thread = this.find(id)
    if (thread === undefined) throw new RexError('NOT_FOUND', 'There is no such thread at this desk.')
    return thread
  }

  /** Creates a thread in memory. `keep` adds it to the repository. */
  create(thread: Pick<OpenThread, 'id' | 'role' | 'test' | 'summary'>): OpenThread {
    return { ...thread, ...NO_KEY, ...empty() }
  }

  keep(thread: OpenThread): void {
    this.#cache.keep(thread)
  }

  /** Undoes uncommitted changes in memory: reads a thread in use from the store again, or drops it from the cache if reading fails. */
  reload(id: string): void {
    const thread = this.#cache.find(id)
    if (thread === undefined) return
    const record = this.#read.thread(id)
    const read = record && attempt(() => this.#load(record))
    if (read === undefined) this.#cache.forget(id)
    else replace(thread, read)
  }

  /** Makes the record to store for a thread. */
  record(thread: OpenThread, updatedMs: number): ThreadRecord {
    checkKept(thread)
    const { id, role, test, summary } = thread
    return {
      id,
      role,
      test,
      summary: sealValue(this.#keyOf(thread), summary, id),
      slot: thread.slot,
      refMac: summary.ref === undefined ? '' : this.refMacOf(summary.ref),
      updatedMs,
    }
  }

  /** Gives a thread a new key, which does not open content that was sealed under the previous key. */
  giveKey(thread: OpenThread): void {
    Object.assign(thread, this.#keys.take())
  }

  /** Seals the content of a message. */
  sealMessage(thread: OpenThread, evidence: EvidenceMessage): Uint8Array {
    return sealAtRest(this.#keyOf(thread), encoded(EvidenceMessage, evidence), thread.id)
  }

  /** Seals a value of a thread, such as an item for the application. */
  seal(thread: OpenThread, value: object): Uint8Array {
    return sealValue(this.#keyOf(thread), value, thread.id)
  }

  unseal<T>(thread: OpenThread, sealed: Uint8Array): T {
    return openValue(thread.key, sealed, thread.id)
  }

  summaryOf(record: ThreadRecord): Summary {
    return openValue(this.#keys.open(record.slot), record.summary, record.id)
  }

  /** Returns the MAC of a reference, by which the store finds the threads with that reference. */
  refMacOf(ref: string): string {
    return toHex(new Uint8Array(hkdfSync('sha256', this.#archiveKey, ref, 'REX own reference', REF_MAC)))
  }

  /** Returns the keyed token under which the search index finds a value of this field: 47 bits of HMAC-SHA-256. */
  tokenOf(field: string, value: string): number {
    const mac = createHmac('sha256', this.#searchKey).update(`${field} ${value}`).digest()
    return mac.readUIntBE(0, TOKEN) % MOST_TOKENS
  }

  /** Gives a thread its key only when something is first stored, so that refused threads never use a key. */
  #keyOf(thread: OpenThread): Uint8Array {
    if (thread.slot === 0) this.giveKey(thread)
    return thread.key
  }

  /** Opens a thread without its messages. @throws RexError STORE_FAILED */
  shell(record: ThreadRecord): OpenThread {
    const thread = this.bare(record)
    thread.summary = openValue(thread.key, record.summary, record.id)
    return thread
  }

  /** Opens a thread without its messages and its summary. @throws RexError STORE_FAILED */
  bare({ id, role, test, slot }: ThreadRecord): OpenThread {
    const summary = { kind: '', urgent: false, referrer: '', recipients: [] }
    return { id, role, test, slot, key: this.#keys.open(slot), summary, ...empty() }
  }

  #load(record: ThreadRecord): OpenThread {
    if (record.erased !== undefined) return this.#loadErased(record)
    const thread = this.shell(record)
    const messages = this.#read.messages(record.id).map((message) => decodeMessage(thread, message))
    const refer = messages.find((message) => isRefer(message) && message.status !== 'conflict')
    if (refer === undefined)
      throw new RexError('STORE_FAILED', 'The desk store has lost the referral of a thread.', {
        metadata: { damaged: 'record' },
      })
    // A refer that was lost and received again is stored after its events, so place it first.
    for (const message of [refer, ...messages.filter((one) => one !== refer)])
      placeMessage(thread, message, this.#organisation)
    return thread
  }

  /** Loads what is left of an erased thread: the organisations to which this desk wrote and, outside any track, perhaps a last message. */
  #loadErased({ id, role, test, slot, erased }: ThreadRecord): OpenThread {
    const key = slot === 0 ? NO_KEY.key : this.#keys.open(slot)
    const recipients = [...new Set(this.#read.deliveries(id).map(({ recipient }) => recipient))]
    const [referrer = ''] = role === 'recipient' ? recipients : [this.#organisation]
    const summary: Summary = { kind: '', urgent: false, referrer, recipients }
    const thread: OpenThread = { id, role, test, slot, key, summary, erased, ...empty() }
    for (const message of this.#read.messages(id))
      if (message.content.length > 0) thread.messages.push(decodeMessage(thread, message))
    return thread
  }
}

/**
 * Reads a thread while processing many. Returns undefined if the thread is erased or unreadable; `warn` logs an
 * unreadable thread, which must not stop the rest.
 */
export function readable(
  threads: ThreadRepository,
  id: string,
  warn: (message: string, error: RexError) => void,
): OpenThread | undefined {
  try {
    const thread = threads.open(id)
    return thread.erased === undefined ? thread : undefined
  } catch (error) {
    warn('A thread cannot be read.', RexError.from(error))
    return undefined
  }
}

const NO_KEY = { slot: 0, key: new Uint8Array() }

/** Checks that a thread is not erased. @throws RexError ERASED */
export function checkKept({ id, erased }: Pick<OpenThread, 'id' | 'erased'>): void {
  if (erased === undefined) return
  const when = new Date(erased.erasedMs).toISOString().slice(0, 10)
  throw new RexError('ERASED', `The referral was erased here on ${when} (${erased.reason}).`, {
    metadata: { thread: id },
  })
}

/** Returns the result, or undefined if reading fails. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function empty(): Pick<OpenThread, 'messages' | 'conflicts' | 'tracks'> {
  return { messages: [], conflicts: [], tracks: new Map() }
}

/** Replaces the contents of a thread with the contents just read, but keeps the object. */
function replace(thread: OpenThread, { messages, conflicts, tracks, ...read }: OpenThread): void {
  const { slot, key, summary, erased } = read
  Object.assign(thread, { slot, key, summary, erased })
  thread.messages.splice(0, thread.messages.length, ...messages)
  thread.conflicts.splice(0, thread.conflicts.length, ...conflicts)
  thread.tracks.clear()
  for (const [counterpart, track] of tracks) thread.tracks.set(counterpart, track)
}

/** Decrypts a message of a thread. @throws RexError STORE_FAILED, MALFORMED */
export function decodeMessage(
  thread: OpenThread,
  { sequence, digest, status, content }: MessageRecord,
): ThreadMessage {
  const evidence = EvidenceMessage.decode(openAtRest(thread.key, content, thread.id))
  return messageOf(evidence, { sequence, digest, status })
}

/** Seals a JSON value for the store, bound to the id of its thread. */
function sealValue(key: Uint8Array, value: object, thread: string): Uint8Array {
  return sealAtRest(key, new TextEncoder().encode(JSON.stringify({ version: VALUES, value })), thread)
}

/** Opens a JSON value that `sealValue` sealed. @throws RexError STORE_FAILED, STORE_TOO_NEW */
function openValue<T>(key: Uint8Array, sealed: Uint8Array, thread: string): T {
  const { version, value } = JSON.parse(new TextDecoder().decode(openAtRest(key, sealed, thread)))
  if (version !== VALUES)
    throw new RexError('STORE_TOO_NEW', 'A newer version of this program has written to the desk store.', {
      hint: 'Use that version.',
    })
  return value
}
