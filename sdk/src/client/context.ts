// Context shared by every part of an open desk. docs/architecture.md, "The desk"
import type { EventEmitter } from 'node:events'
import type { Random } from '../core/envelope/seal.ts'
import type { RexError } from '../core/error.ts'
import type { Signer } from '../core/jose/key.ts'
import type { Clock } from './clock/clock.ts'
import type { DeskTime } from './clock/time.ts'
import type { Peers } from './gateway/peers.ts'
import type { ObservedStore } from './store/observed.ts'
import type { ThreadRepository } from './thread/repository.ts'

/** The parts of an open desk on which all others build. */
export interface DeskContext {
  /** Entity identifier of the desk's organisation. */
  readonly organisation: string
  /** Chain of the desk store: 16 bytes. */
  readonly chain: Uint8Array
  /** Signs messages of the organisation. */
  readonly signer: Signer
  readonly store: ObservedStore
  readonly threads: ThreadRepository
  readonly peers: Peers
  /** The system's clock, corrected by the gateway and other organisations. */
  readonly clock: Clock
  readonly time: DeskTime
  readonly random: Random
  /** `problems` may have changed; `drained`: all messages that were in the mailbox at connection time have been read. */
  readonly events: EventEmitter<{ problems: []; drained: [] }>
  /** Aborted by an error that ends sending and receiving: LEASE_LOST, STORE_FAILED. */
  readonly lost: AbortController
  /** Logs a message for operators; never case data. */
  readonly warn: (message: string, error: RexError) => void
}

/** Checks that messages can still leave, before one is accepted. @throws RexError LEASE_LOST, STORE_FAILED */
export function checkUsable({ lost }: Pick<DeskContext, 'lost'>): void {
  lost.signal.throwIfAborted()
}
