// One round: damages a store while a referral is in transit. The referral must arrive, or its loss be reported. docs/guide/testing.md, "Damage"

import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { Administrator } from './administrator.ts'
import { damage, flip, imageOf, KINDS, oneOf, type Random } from './image.ts'
import type { Network, Party } from './network.ts'
import type { Program } from './program.ts'
import type { Place } from './wire.ts'

/**
 * The outcome of a round. `healed`: both sides still have every referral that was ever sent. `named`: the damage was reported, and the
 * recipient has every referral that the sender still has. `lost`: neither of the two.
 */
export type Outcome = 'healed' | 'named' | 'lost'

/** The damage of a round, and its outcome. */
export interface Round {
  readonly side: 'sender' | 'recipient'
  readonly place: Place
  readonly moment: 'killed' | 'at rest' | 'running'
  readonly kind: string
  readonly where: string
  readonly outcome: Outcome
  readonly note: string
}

const PATIENCE_MS = 60_000
const HOUR_MS = 60 * 60_000
/**
 * How far the clocks are advanced if the referral has not arrived: by the first value, and if it still has not arrived, by the second. Milliseconds.
 * In a lane that was often restored, pauses before resealing have grown to minutes (REX-ENV-062). Items that a store lost unnoticed are offered again
 * within a day (REX-DLV-150).
 */
const LATER_MS = [HOUR_MS, 24 * HOUR_MS]
const STEP_MS = 50
/** Number of times that a desk is asked whether it has lost anything. */
const SAID_TRIES = 10
const SAID_PAUSE_MS = 2000
/** Time within which the background check notices damage: for a small store, the check starts every 10 s. Milliseconds. */
const NOTICED_MS = 12_000

/** Runs one round with random damage, and judges it. */
export async function damageOnce(network: Network, random: Random): Promise<Round> {
  const side = oneOf(random, ['sender', 'recipient'] as const)
  const place = oneOf(random, ['gateway', 'desk'] as const)
  const moment = oneOf(random, ['killed', 'killed', 'at rest', 'at rest', 'running'] as const)
  const kind = moment === 'running' ? 'flip' : oneOf(random, KINDS)
  const program = network[side][place]
  const way = WAYS[side][place](network)
  const done = { side, place, moment, kind, where: '' }
  try {
    // Wait until both desks have connected to their gateways, because they sign nothing before.
    for (const { desk } of [network.sender, network.recipient]) await desk.ask('caughtUp')
    const before = imageOf(program.store)
    const administrator = new Administrator(network)
    // Roll back all files only at a desk. A gateway cannot notice that all files of its store were rolled
    // back. Its desk can, but only if the gateway had confirmed a submission after the older state.
    const isWhole = place === 'desk' && random() < 0.5
    // A rollback of the sender's store is noticed only if the sender has submitted something after the older
    // state, so submit a referral now. The recipient's desk submits a receipt anyway.
    if (isWhole && side === 'sender' && kind === 'put back') network.sent.add(await submitOne(network))
    const beganMs = Date.now() + network.sender.desk.aheadMs
    await way.stop()
    const id = await network.sender.desk.ask<string>('send', network.recipient.id)
    network.sent.add(id)
    await way.reached(id)
    if (moment === 'running') {
      done.where = await flipRunning(program, random)
    } else {
      await program.end(moment === 'killed' ? 'SIGKILL' : 'SIGTERM')
      done.where = damage(program.store, { kind, before, isWhole, random })
    }
    await administrator.start(program)
    await way.resume()
    return { ...done, ...(await judge(network, { side, administrator, beganMs })) }
  } catch (error) {
    return { ...done, outcome: 'lost', note: `${error}` }
  }
}

/** How a referral gets into the store that will be damaged, and how it continues afterwards. */
interface Way {
  stop(): Promise<void>
  reached(id: string): Promise<unknown>
  resume(): Promise<unknown>
}

const WAYS: Readonly<Record<Round['side'], Readonly<Record<Place, (network: Network) => Way>>>> = {
  sender: {
    desk: ({ sender }) => ({
      stop: () => sender.gateway.end('SIGKILL'),
      reached: async () => {},
      resume: () => again(sender.gateway),
    }),
    gateway: ({ sender, recipient }) => ({
      stop: () => recipient.gateway.end('SIGKILL'),
      reached: (id) => until(async () => (await sender.desk.ask('delivery', id)) === 'submitted'),
      resume: () => again(recipient.gateway),
    }),
  },
  recipient: {
    gateway: ({ sender, recipient }) => ({
      stop: () => recipient.desk.end('SIGKILL'),
      reached: (id) => until(async () => (await sender.desk.ask('delivery', id)) === 'stored'),
      resume: () => again(recipient.desk),
    }),
    desk: ({ sender }) => ({
      stop: async () => {},
      reached: (id) => until(async () => (await sender.desk.ask('delivery', id)) === 'received'),
      resume: async () => {},
    }),
  },
}

async function again(program: Program): Promise<void> {
  const refusal = await program.start()
  if (refusal !== undefined) throw new Error(`${program.store}: ${refusal.reason}: ${refusal.message}`)
}

/** Flips bits while the program runs. The final checkpoint finds damage in the log; the background check finds damage in the store. */
async function flipRunning(program: Program, random: Random): Promise<string> {
  const suffix = imageOf(program.store).has(`${program.store}-wal`) ? oneOf(random, ['', '-wal']) : ''
  const place = flip(program.store + suffix, random)
  if (suffix === '') await program.endsWithin(NOTICED_MS)
  await program.end('SIGTERM')
  return `${suffix === '' ? 'store' : 'log'} at ${place}`
}

/** Judges whether each referral is where it belongs. Any loss at the sender's desk must have been reported in this round. */
async function judge(
  network: Network,
  {
    side,
    administrator,
    beganMs,
  }: Pick<Round, 'side'> & { readonly administrator: Administrator; readonly beganMs: number },
): Promise<{ outcome: Outcome; note: string }> {
  const { sender, recipient, sent } = network
  const open = new Set(sent)
  const lost = new Set<string>()
  const isSettled = async () => {
    await administrator.look()
    for (const id of open) {
      const has = await deliveryAt(sender, id)
      if (has === 'NOT_FOUND' || has === 'STORE_FAILED') lost.add(id)
      else if (has !== 'received' || (await recipient.desk.ask('state', id)) !== 'requested') continue
      open.delete(id)
    }
    return open.size === 0
  }
  let later = ''
  for (const ms of [0, ...LATER_MS]) {
    if (ms > 0) later = `, ${ms / HOUR_MS} h later`
    if (ms > 0) await administrator.pass(ms)
    if (await until(isSettled)) break
  }
  for (const id of [...open, ...lost]) sent.delete(id)
  const [missing] = open
  if (missing !== undefined) {
    const state = `${await deliveryAt(sender, missing)} / ${await stateAt(recipient, missing)}`
    const [says, also] = await Promise.all(
      [sender, recipient].map(({ desk }) => desk.ask<string[]>('problems')),
    )
    const problems = `sender says ${says}; recipient ${also}`
    return {
      outcome: 'lost',
      note: `${open.size} of ${sent.size + open.size}: ${missing} ${state}; ${problems}`,
    }
  }
  const named = (note: string) => ({ outcome: 'named', note: note + later }) as const
  if (administrator.restored.size > 0 && (side === 'sender' || lost.size === 0))
    return named('a backup was restored')
  if (lost.size === 0) return { outcome: 'healed', note: later.slice(2) }
  if (administrator.damaged.has(sender.desk)) return named('the desk says that its store is damaged')
  if (await saysSince(sender.desk, beganMs)) return named('the desk says that it was restored')
  return { outcome: 'lost', note: `${lost.size} gone, and nobody was told` }
}

/**
 * Returns whether a desk has reported a loss since the given time. Older reports do not count: problems of earlier rounds remain for a week.
 * Asks repeatedly, because the desk may have to connect to its gateway first.
 */
async function saysSince(desk: Program, ms: number): Promise<boolean> {
  for (let tries = 0; tries < SAID_TRIES; tries++) {
    if (await desk.endsWithin(SAID_PAUSE_MS)) await again(desk)
    await desk.end('SIGTERM')
    const db = new DatabaseSync(new URL(`file://${desk.store}?immutable=1`), { readOnly: true })
    const row = db.prepare("SELECT 1 FROM notice WHERE kind = 'desk-restored' AND noticedMs >= ?").get(ms)
    db.close()
    await again(desk)
    if (row !== undefined) return true
  }
  return false
}

/** Sends a referral, and waits until the sender's gateway has stored it. */
async function submitOne({ sender, recipient }: Network): Promise<string> {
  const id = await sender.desk.ask<string>('send', recipient.id)
  await until(async () => (await sender.desk.ask('delivery', id)) !== 'intended')
  return id
}

/** Returns the state of the delivery at the sender's desk, or the reason why it cannot be read. */
function deliveryAt({ desk }: Party, id: string): Promise<string> {
  return desk.ask<string>('delivery', id).catch((error: Error) => error.message)
}

function stateAt({ desk }: Party, id: string): Promise<string> {
  return desk.ask<string>('state', id).catch((error: Error) => error.message)
}

/** Returns whether a condition becomes true in time. */
async function until(isTrue: () => Promise<boolean>): Promise<boolean> {
  for (let ms = 0; ms < PATIENCE_MS; ms += STEP_MS) {
    if (await isTrue().catch(() => false)) return true
    await pause(STEP_MS)
  }
  return false
}
