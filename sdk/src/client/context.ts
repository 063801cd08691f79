// Makes the context that all parts of an open desk share. docs/architecture.md, "The desk"
import { EventEmitter } from 'node:events'
import { OpenFailure } from '../core/envelope/open.ts'
import type { Random } from '../core/envelope/seal.ts'
import { RexError } from '../core/error.ts'
import type { Signer } from '../core/jose/key.ts'
import type { ConnectOptions } from './api/desk.ts'
import { type Clock, systemClock } from './clock/clock.ts'
import { createDeskTime, type DeskTime } from './clock/time.ts'
import type { MailboxLink } from './gateway/link.ts'
import { Peers } from './gateway/peers.ts'
import { Reconciliation } from './gateway/reconciliation.ts'
import type { Keys } from './keys/keystore.ts'
import { randomSource } from './keys/random.ts'
import { Keyring } from './keys/replacing/keyring.ts'
import { messageKeyOf } from './keys/replacing/message-keys.ts'
import type { RotatingKeys } from './keys/rotating-keys.ts'
import { type ObservedStore, observed } from './store/observed.ts'
import type { DeskStore } from './store/store.ts'
import { ThreadRepository } from './thread/repository/repository.ts'

/** The parts of an open desk on which all other parts build. */
export interface DeskContext {
  /** The entity identifier of the desk's organisation. */
  readonly organisation: string
  /** The chain of the desk store: 16 bytes. */
  readonly chain: Uint8Array
  /** Returns the signer for the organisation's messages, with the current message key. */
  readonly signer: () => Signer
  readonly store: ObservedStore
  readonly threads: ThreadRepository
  readonly peers: Peers
  /** The system clock, corrected by the times of the gateway and of other organisations. */
  readonly clock: Clock
  readonly time: DeskTime
  readonly random: Random
  /** `problems`: the problems may have changed. `drained`: the desk has read all messages that were in the mailbox when it connected. */
  readonly events: EventEmitter<{ problems: []; drained: [] }>
  /** Aborted by an error that ends sending and receiving: LEASE_LOST, STORE_FAILED, or UNAUTHENTICATED for a revoked desk. */
  readonly lost: AbortController
  /** Logs a message for operators. The message must not contain case data. */
  readonly warn: (message: string, error: RexError) => void
}

/** Checks that messages can still be sent, before the desk accepts a new message. @throws RexError the abort reason of `lost` */
export function checkUsable({ lost }: Pick<DeskContext, 'lost'>): void {
  lost.signal.throwIfAborted()
}

/** The parts from which a context is made. */
export interface ContextParts {
  readonly keys: Keys
  /** Stores changed keys durably. Default: they are not stored. */
  readonly keep?: (current: RotatingKeys) => Promise<void>
  readonly store: DeskStore
  readonly link: MailboxLink
  /** The clock of the desk. Default: the system clock. */
  readonly clock?: Clock
  /** Receives the entries of the desk's log. Default: entries are dropped. */
  readonly log?: Log
}

type Log = NonNullable<ConnectOptions['log']>

/** Makes the context of a desk. The context signs nothing until the desk has reconciled with its gateway. */
export function openContext({
  keys,
  store: opened,
  link,
  clock: system = systemClock,
  ...parts
}: ContextParts) {
  const log = safely(parts.log ?? ignore)
  const time = createDeskTime(system, opened.read.trustedTime(), () => desk.peers.ids())
  const events: DeskContext['events'] = new EventEmitter()
  const keyring = new Keyring(keys, parts.keep ?? (async () => {}))
  const reconciliation = new Reconciliation(
    keys.resumes !== undefined,
    () => keyring.keys.unpublished === true,
  )
  const store = observed(opened, { time, failed: () => void events.emit('problems') })
  const desk: DeskContext = {
    organisation: keys.organisation,
    chain: keys.chain,
    signer: () => reconciliation.before(messageKeyOf(keyring.keys).signer),
    store,
    threads: new ThreadRepository(keys.organisation, keys.archiveKey, store),
    peers: new Peers({ store, link, time }),
    clock: { ...system, now: time.date },
    time,
    random: randomSource(),
    events,
    lost: new AbortController(),
    warn: (message, error) =>
      log({ level: 'warn', message, fields: { reason: error.reason, detail: detailOf(error) } }),
  }
  return { desk, log, reconciliation, keyring }
}

/** Wraps a log so that its failure never blocks a message. */
function safely(log: Log): Log {
  return (entry) => {
    void (async () => log(entry))().catch(ignore)
  }
}

const ignore = () => {}

/**
 * Lists the causes of an error for the local log, outermost first, as stages, reasons or system codes. Leaves out error
 * texts, because they may quote other people's data (T-121).
 */
function detailOf({ cause }: Error): string {
  const names: string[] = []
  for (let next: unknown = cause; next instanceof Error; next = next.cause) names.push(nameOfError(next))
  return names.join(' ')
}

function nameOfError(error: Error & { code?: unknown }): string {
  if (error instanceof OpenFailure) return error.stage
  if (RexError.is(error)) return error.reason
  return typeof error.code === 'string' ? error.code : error.name
}
