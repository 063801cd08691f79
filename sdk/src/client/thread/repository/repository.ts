// The thread repository: reads threads from the store, decrypts them, and caches open ones. docs/guide/desk.md, "Threads"
import { hkdfSync } from 'node:crypto'
import { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { encode, toHex } from '../../../core/encoding/encoding.ts'
import { RexError } from '../../../core/error.ts'
import { newKey, openAtRest, sealAtRest } from '../../keys/cipher.ts'
import type { DeskReads, MessageRecord, ThreadRecord } from '../../store/store.ts'
import { ThreadCache } from './cache.ts'
import { messageOf, placeMessage } from './messages.ts'
import type { OpenThread, Summary, ThreadMessage } from './open-thread.ts'

const REF_MAC = 16
/** Version of the JSON values of a thread in the store. */
const VALUES = 1

/** The threads of an organisation. */
export class ThreadRepository {
  readonly #organisation: string
  readonly #archiveKey: Uint8Array
  readonly #read: DeskReads
  readonly #cache = new ThreadCache()

  /** `archiveKey`: wraps the thread keys. */
  constructor(organisation: string, archiveKey: Uint8Array, read: DeskReads) {
    this.#organisation = organisation
    this.#archiveKey = archiveKey
    this.#read = read
  }

  find(id: string): OpenThread | undefined {
    const known = this.#cache.find(id)
    if (known !== undefined) return this.#cache.keep(known)
    const record = this.#read.thread(id)
    return record && this.#cache.keep(this.#load(record))
  }

  /** @throws RexError NOT_FOUND */
  open(id: string): OpenThread {
    const thread = this.find(id)
    if (thread === undefined) throw new RexError('NOT_FOUND', 'There is no such thread at this desk.')
    return thread
  }

  /** A new thread. `keep` adds it to the repository. */
  create(thread: Pick<OpenThread, 'id' | 'role' | 'test' | 'summary'>): OpenThread {
    return { ...thread, key: newKey(), ...empty() }
  }

  keep(thread: OpenThread): void {
    this.#cache.keep(thread)
  }

  /** Undoes uncommitted changes in memory: a thread in use is read from the store again, or dropped if it is not there. */
  reload(id: string): void {
    const thread = this.#cache.find(id)
    if (thread === undefined) return
    const record = this.#read.thread(id)
    if (record === undefined) this.#cache.forget(id)
    else replace(thread, this.#load(record))
  }

  /** The record to store for a thread. */
  record({ id, role, test, key, summary }: OpenThread, updatedMs: number): ThreadRecord {
    return {
      id,
      role,
      test,
      key: sealAtRest(this.#archiveKey, key, keyPurpose(id)),
      summary: sealValue(key, summary, id),
      refMac: summary.ref === undefined ? '' : this.refMacOf(summary.ref),
      updatedMs,
    }
  }

  /** Sealed content of a message. */
  sealMessage(thread: OpenThread, evidence: EvidenceMessage): Uint8Array {
    return sealAtRest(thread.key, encode(EvidenceMessage, evidence), thread.id)
  }

  /** Seals a thread's value for the application, such as an item. */
  seal(thread: OpenThread, value: object): Uint8Array {
    return sealValue(thread.key, value, thread.id)
  }

  unseal<T>(thread: OpenThread, sealed: Uint8Array): T {
    return openValue(thread.key, sealed, thread.id)
  }

  summaryOf(record: ThreadRecord): Summary {
    return openValue(this.#unwrap(record), record.summary, record.id)
  }

  /** The search value of an own reference in the store. */
  refMacOf(ref: string): string {
    return toHex(new Uint8Array(hkdfSync('sha256', this.#archiveKey, ref, 'REX own reference', REF_MAC)))
  }

  #unwrap({ id, key }: ThreadRecord): Uint8Array {
    return openAtRest(this.#archiveKey, key, keyPurpose(id))
  }

  #load(record: ThreadRecord): OpenThread {
    const { id, role, test } = record
    const key = this.#unwrap(record)
    const thread: OpenThread = {
      id,
      role,
      test,
      key,
      summary: openValue(key, record.summary, id),
      ...empty(),
    }
    for (const message of this.#read.messages(id))
      placeMessage(thread, decodeMessage(thread, message), this.#organisation)
    return thread
  }
}

/** One thread among others. An unreadable one must not affect the others: it gives undefined, and a line to `warn`. */
export function readable(
  threads: ThreadRepository,
  id: string,
  warn: (message: string, error: RexError) => void,
): OpenThread | undefined {
  try {
    return threads.open(id)
  } catch (error) {
    warn('A thread cannot be read.', RexError.from(error))
    return undefined
  }
}

function keyPurpose(id: string): string {
  return `thread key ${id}`
}

function empty(): Pick<OpenThread, 'messages' | 'conflicts' | 'tracks'> {
  return { messages: [], conflicts: [], tracks: new Map() }
}

/** Replaces the contents of a thread with those just read, in the same object. */
function replace(thread: OpenThread, { summary, messages, conflicts, tracks }: OpenThread): void {
  thread.summary = summary
  thread.messages.splice(0, thread.messages.length, ...messages)
  thread.conflicts.splice(0, thread.conflicts.length, ...conflicts)
  thread.tracks.clear()
  for (const [counterpart, track] of tracks) thread.tracks.set(counterpart, track)
}

function decodeMessage(
  thread: OpenThread,
  { sequence, digest, status, content }: MessageRecord,
): ThreadMessage {
  const evidence = EvidenceMessage.decode(openAtRest(thread.key, content, thread.id))
  return messageOf(evidence, { sequence, digest, status })
}

/** A JSON value, sealed for the store. `thread`: the id of the thread, to which the value is bound. */
function sealValue(key: Uint8Array, value: object, thread: string): Uint8Array {
  return sealAtRest(key, new TextEncoder().encode(JSON.stringify({ version: VALUES, value })), thread)
}

/** @throws RexError STORE_FAILED, STORE_TOO_NEW */
function openValue<T>(key: Uint8Array, sealed: Uint8Array, thread: string): T {
  const { version, value } = JSON.parse(new TextDecoder().decode(openAtRest(key, sealed, thread)))
  if (version !== VALUES)
    throw new RexError('STORE_TOO_NEW', 'A newer version of this program has written to the desk store.', {
      hint: 'Use that version.',
    })
  return value
}
