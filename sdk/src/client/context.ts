// What every part of an open desk shares. docs/architecture.md, "The desk"
import type { EventEmitter } from 'node:events'
import type { Random } from '../core/envelope/seal.ts'
import type { RexError } from '../core/error.ts'
import type { Signer } from '../core/jose/key.ts'
import type { Clock } from './clock/clock.ts'
import type { DeskTime } from './clock/time.ts'
import type { Peers } from './gateway/peers.ts'
import type { ObservedStore } from './store/observed.ts'
import type { ThreadRepository } from './thread/repository.ts'

/** The parts of an open desk that all others build on. */
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
  /** The system's clock as the gateway and others correct it. */
  readonly clock: Clock
  readonly time: DeskTime
  readonly random: Random
  /** `problems` may have changed; the mailbox was `drained` of all that lay in it when the desk connected. */
  readonly events: EventEmitter<{ problems: []; drained: [] }>
  /** Aborted with the error after which nothing can be received or sent any more: LEASE_LOST, STORE_FAILED. */
  readonly lost: AbortController
  /** Logs what an operator should know; never case data. */
  readonly warn: (message: string, error: RexError) => void
}

/** Before something is promised: whether it can leave at all. @throws RexError LEASE_LOST, STORE_FAILED */
export function checkUsable({ lost }: Pick<DeskContext, 'lost'>): void {
  lost.signal.throwIfAborted()
}
