// Accepts an envelope from another gateway: stores it in the mailbox, with its receipt, in one transaction. docs/spec/delivery.md, "Receiving"
import { Jws, Lane } from '@rex/proto/core/v1/envelope'
import { Stored } from '@rex/proto/mailbox/v1/mailbox'
import {
  encode,
  equal,
  giveBack,
  type ParsedEnvelope,
  parseEnvelope,
  RexError,
  type Signer,
  signStoredReceipt,
} from '@rex/sdk/core'
import { checkQuota, type Quota, RETRY_AFTER_MS } from '../admission/quota.ts'
import type { Rates } from '../admission/rate.ts'
import { checkHop, checkTimes } from '../admission/routing.ts'
import type { Shares } from '../admission/share.ts'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import type { LedgerEntry, LedgerReads } from '../store/ledger.ts'
import type { MailboxReads } from '../store/mailbox.ts'
import type { Usage } from '../store/space.ts'
import type { Store, Writes } from '../store/store.ts'

/** Accepts one envelope from the gateway of `peer`. Resolves with the receipt when envelope and receipt are durable. */
export type Accept = (peer: string, bytes: Uint8Array) => Promise<Jws>

/** Dependencies of acceptance. */
export interface AcceptOptions {
  /** The organisation served. */
  readonly organisation: string
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  readonly time: Pick<GatewayTime, 'now' | 'atLeast'>
  /** Signs receipts. */
  readonly receiptSigner: Signer
  readonly rates: Rates
  /** The maximum that may wait from one peer. */
  readonly quota: Quota
  readonly shares: Pick<Shares, 'checkFrom'>
  /** Notifies the desk of a new mailbox item. */
  readonly wakeDesk: () => void
}

interface Incoming {
  readonly bytes: Uint8Array
  readonly parsed: ParsedEnvelope
  readonly nowMs: number
  /** Creation time in the ledger: never earlier than the confirmed time (REX-DLV-142). */
  readonly madeMs: number
}

/**
 * Creates the entry point for envelopes from other gateways (REX-DLV-020 to 036). A repeated envelope gets the same receipt
 * bytes (T-041, T-088). Different bytes under the id of an earlier envelope are refused and kept as evidence (T-043).
 */
export function createAccept(options: AcceptOptions): Accept {
  const { organisation, store, clock } = options
  /**
   * For each paired organisation of which an envelope was refused for lack of space: the time until which all its envelopes are refused without a
   * transaction. Refusing an envelope inside a transaction would undo its writes, which delays the other envelopes of that transaction. Milliseconds
   * of the steady clock.
   */
  const crampedUntilMs = new Map<string, number>()

  return async (peer, bytes) => {
    const parsed = parseEnvelope(bytes)
    checkHop(parsed.routing, { sender: peer, recipient: organisation })
    options.rates.take(peer, parsed.routing.lane === Lane.URGENT)
    const nowMs = clock.now()
    const incoming = { bytes, parsed, nowMs, madeMs: Math.max(nowMs, options.time.atLeast()) }
    try {
      return answerOf(store.read.ledger, incoming) ?? (await keep(incoming))
    } catch (error) {
      if (RexError.is(error, 'ENVELOPE_CONFLICT')) await keepEvidence(incoming)
      throw error
    }
  }

  async function keep(incoming: Incoming): Promise<Jws> {
    const { routing, digest } = incoming.parsed
    const [floorMs, trustedMs] = [store.read.ledger.floor(), options.time.now()]
    checkTimes(routing, { nowMs: incoming.nowMs, floorMs, trustedMs })
    const { envelopeId, sender, recipient } = routing
    if (clock.steady() < (crampedUntilMs.get(sender) ?? 0))
      checkRoom(store.read.mailbox, incoming, incoming.bytes.length)
    const receipt = await signStoredReceipt(
      { envelopeId, envelopeDigest: digest, sender, recipient, storedMs: incoming.nowMs },
      options.receiptSigner,
    )
    const answer = await store.commit(
      (write) => answerOf(write.ledger, incoming) ?? insert(write, incoming, receipt),
      ownerOf(incoming),
    )
    options.wakeDesk()
    return answer
  }

  function insert(write: Writes, incoming: Incoming, receipt: Jws): Jws {
    const { sender } = incoming.parsed.routing
    const content = encode(Stored, { envelope: incoming.bytes, receipt })
    checkRoom(write.mailbox, incoming, content.length)
    write.ledger.add({ ...entryOf(incoming), answer: encode(Jws, receipt) })
    write.mailbox.add({ kind: 'stored', lane: laneOf(incoming), peer: sender, content })
    giveBack(content)
    return receipt
  }

  function checkRoom(mailbox: MailboxReads, incoming: Incoming, bytes: number): void {
    const { sender } = incoming.parsed.routing
    const wanted = { bytes, urgent: laneOf(incoming) === 'urgent' }
    try {
      checkQuota(waitingFrom(mailbox, sender), options.quota, wanted)
      options.shares.checkFrom(sender, wanted)
    } catch (error) {
      crampedUntilMs.set(sender, clock.steady() + RETRY_AFTER_MS)
      throw error
    }
  }

  /** Stores conflicting bytes as evidence, which counts towards the sender's share, too. */
  async function keepEvidence(incoming: Incoming): Promise<void> {
    const { sender } = incoming.parsed.routing
    const keeping = store.commit((write) => {
      options.shares.checkFrom(sender, { bytes: incoming.bytes.length, urgent: false })
      write.ledger.keepConflict(entryOf(incoming), incoming.bytes)
    }, ownerOf(incoming))
    await keeping.catch((error: unknown) => {
      if (!RexError.is(error, 'QUOTA_EXCEEDED')) throw error
    })
  }
}

function ownerOf({ parsed, bytes }: Incoming): { readonly name: string; readonly bytes: number } {
  return { name: parsed.routing.sender, bytes: bytes.length }
}

function laneOf({ parsed }: Incoming): 'urgent' | 'routine' {
  return parsed.routing.lane === Lane.URGENT ? 'urgent' : 'routine'
}

function entryOf({ parsed, madeMs }: Incoming): LedgerEntry {
  const { sender, envelopeId, expiresMs } = parsed.routing
  return { sender, envelopeId, digest: parsed.digest, expiresMs, madeMs }
}

function waitingFrom(mailbox: MailboxReads, peer: string): Usage {
  const [urgent, routine] = [
    mailbox.waiting({ lane: 'urgent', peer }),
    mailbox.waiting({ lane: 'routine', peer }),
  ]
  return { items: urgent.items + routine.items, bytes: urgent.bytes + routine.bytes }
}

/** Returns the receipt that this envelope got before, if any. @throws RexError ENVELOPE_CONFLICT */
function answerOf(ledger: LedgerReads, { parsed }: Incoming): Jws | undefined {
  const entry = ledger.find(parsed.routing.sender, parsed.routing.envelopeId)
  if (entry === undefined) return undefined
  if (!equal(entry.digest, parsed.digest)) throw envelopeConflict()
  return entry.answer && Jws.decode(entry.answer)
}

/** Returns the refusal of different bytes under the id of an earlier envelope. */
export function envelopeConflict(): RexError {
  return new RexError('ENVELOPE_CONFLICT', 'Another envelope with this id is already stored.')
}
