// A desk process of the floor: performs the cryptography of both ends, and counts received receipts. docs/guide/benchmark.md, "Floor"
import type { Suite } from '@rex/sdk/core'
import { serve } from '../measure/child.ts'
import { closedLoop, type Load, type Throughput } from '../measure/loop.ts'
import { prepareAll, type WorkOf } from './crypto.ts'
import { MOST_RECEIPTS, type Specimens } from './sizes.ts'
import {
  bodyOf,
  type Frame,
  type Identity,
  idsOf,
  isReceipts,
  KIND,
  openStream,
  type Stream,
  suiteOf,
} from './wire.ts'

/** Settings of a desk. */
export interface DeskSetup {
  readonly relay: string
  readonly identity: Identity
  readonly specimens: Specimens
}

const LINGER_MS = 2

const waiting = new Map<number, () => void>()
const due: number[] = []
let batch = 1
let batches = 0
let timer: NodeJS.Timeout | undefined
let next = 0
let specimens: Specimens
let works: WorkOf
let relay: Stream

const role = {
  start({ relay: address, identity, specimens: given }: DeskSetup): void {
    specimens = given
    works = prepareAll(given)
    relay = openStream(address, '/floor/Desk', identity, receive)
  },
  /** Repeatedly sends referrals, and waits for the desk receipt of each. */
  load: ({ suite, ...load }: Load & { suite: Suite }): Promise<Throughput> =>
    closedLoop(load, () => sendReferral(suite)),
  /** Sets how many receipts this desk puts into a message. */
  setBatch(receipts: number): void {
    batch = Math.min(Math.max(1, Math.round(receipts)), MOST_RECEIPTS)
  },
  /** Returns the number of receipt messages sent since the last call. */
  batches(_: undefined): number {
    const count = batches
    batches = 0
    return count
  },
}

export type FloorDesk = typeof role

function sendReferral(suite: Suite): Promise<void> {
  return new Promise((resolve) => waiting.set(send(bodyOf(specimens, suite)), resolve))
}

function send(body: Uint8Array): number {
  next += 1
  works(body, 'seal')
  relay.send({ kind: KIND.envelope, id: next, body })
  return next
}

function receive({ kind, id, body }: Frame): void {
  if (kind === KIND.stored) works(body, 'check stored receipt')
  if (kind !== KIND.item) return
  works(body, 'open')
  relay.send({ kind: KIND.settled, id, body: new Uint8Array() })
  if (isReceipts(body)) received(idsOf(body))
  else answer(id, suiteOf(body))
}

function received(ids: readonly number[]): void {
  for (const id of ids) {
    waiting.get(id)?.()
    waiting.delete(id)
  }
}

/** Sends the receipts when a batch is full. Receipts that are left over at the end of a load follow soon after. */
function answer(id: number, suite: Suite): void {
  due.push(id)
  clearTimeout(timer)
  if (due.length >= batch) flush(suite)
  else timer = setTimeout(() => flush(suite), LINGER_MS)
}

function flush(suite: Suite): void {
  batches += 1
  send(bodyOf(specimens, suite, due.splice(0)))
}

serve(role)
