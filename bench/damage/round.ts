// One round: a referral is in transit, a store is damaged, and the referral must still arrive or its loss be reported. docs/guide/testing.md, "Damage"
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { damage, flip, type Image, imageOf, KINDS, oneOf, type Random, restore } from './image.ts'
import type { Network, Party } from './network.ts'
import type { Program } from './program.ts'
import type { Place } from './wire.ts'

/** `healed`: the referral arrived. `named`: the damage was reported, and the referral arrived or its sender learned of the loss. `lost`: neither. */
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
const STEP_MS = 50
/** The background check of a small store starts every 10 s. */
const NOTICED_MS = 12_000

/** Runs one round with random damage. */
export async function damageOnce(network: Network, random: Random): Promise<Round> {
  const side = oneOf(random, ['sender', 'recipient'] as const)
  const place = oneOf(random, ['gateway', 'desk'] as const)
  const moment = oneOf(random, ['killed', 'killed', 'at rest', 'at rest', 'running'] as const)
  const kind = moment === 'running' ? 'flip' : oneOf(random, KINDS)
  const program = network[side][place]
  const way = WAYS[side][place](network)
  const done = { side, place, moment, kind, where: '' }
  try {
    // A desk signs nothing before it has met its gateway.
    for (const { desk } of [network.sender, network.recipient]) await desk.ask('caughtUp')
    const before = new Map(imageOf(program.store))
    // Only its own desk notices that a whole gateway store was rolled back, and only if the gateway has confirmed a submission since.
    if (place === 'desk' && random() < 0.5) {
      before.set('whole', Buffer.alloc(0))
      // So it is with a desk and its gateway. The desk of a recipient submits a receipt.
      if (side === 'sender' && kind === 'put back') await submitOne(network)
    }
    const beganMs = Date.now()
    await way.stop()
    const id = await network.sender.desk.ask<string>('send', network.recipient.id)
    await way.reached(id)
    let backup = imageOf(program.store)
    if (moment === 'running') {
      done.where = await flipRunning(program, random)
    } else {
      await program.end(moment === 'killed' ? 'SIGKILL' : 'SIGTERM')
      backup = imageOf(program.store)
      done.where = damage(program.store, { kind, before, random })
    }
    const refusal = await restarted(program, backup)
    await way.resume()
    return { ...done, ...(await judge(network, { id, refusal, beganMs })) }
  } catch (error) {
    return { ...done, outcome: 'lost', note: `${error}` }
  }
}

/** How a referral gets into the store to be damaged, and how it continues afterwards. */
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

/** The final checkpoint finds a flip in the log; the background check finds one in the store. */
async function flipRunning(program: Program, random: Random): Promise<string> {
  const files = imageOf(program.store)
  const suffix = files.has('-wal') ? oneOf(random, ['', '-wal']) : ''
  const place = flip(program.store + suffix, random)
  if (suffix === '') await program.endsWithin(NOTICED_MS)
  await program.end('SIGTERM')
  return `${suffix === '' ? 'store' : 'log'} at ${place}`
}

/** Starts the program. If it refuses because of the store, restores the store as from a backup. Returns whether it refused. */
async function restarted(program: Program, backup: Image): Promise<boolean> {
  const refusal = await program.start()
  if (refusal === undefined) return false
  if (refusal.reason !== 'STORE_FAILED') throw new Error(`${refusal.reason}: ${refusal.message}`)
  restore(program.store, backup)
  await again(program)
  return true
}

/** If the sender's desk has lost the referral, it must report a loss. */
async function judge(
  { sender, recipient }: Network,
  { id, refusal, beganMs }: { readonly id: string; readonly refusal: boolean; readonly beganMs: number },
): Promise<{ outcome: Outcome; note: string }> {
  const arrived = await until(
    async () => {
      for (const { desk } of [sender, recipient]) if (await desk.endsWithin(0)) await again(desk)
      if ((await recipient.desk.ask('state', id)) !== 'requested') return false
      return !(await isKnown(sender, id)) || (await sender.desk.ask('delivery', id)) === 'received'
    },
    sender,
    id,
  )
  if (refusal) return { outcome: arrived ? 'named' : 'lost', note: 'the start was refused' }
  if (arrived) return { outcome: 'healed', note: '' }
  const problems = await sender.desk.ask<string[]>('problems')
  if (!(await isKnown(sender, id)))
    return (await saidSince(sender.desk, beganMs))
      ? { outcome: 'named', note: 'the desk says that it was restored' }
      : { outcome: 'lost', note: 'gone' }
  const state = await sender.desk.ask<string>('delivery', id).catch((error: Error) => error.message)
  return { outcome: 'lost', note: `${state}; sender says ${problems.join(', ')}` }
}

/** Whether a desk has said since then that its store had lost something. Its problems keep what it said in earlier rounds for a week. */
async function saidSince(desk: Program, ms: number): Promise<boolean> {
  await desk.end('SIGTERM')
  const db = new DatabaseSync(new URL(`file://${desk.store}?immutable=1`), { readOnly: true })
  const row = db.prepare("SELECT 1 FROM notice WHERE kind = 'desk-restored' AND noticedMs >= ?").get(ms)
  db.close()
  await again(desk)
  return row !== undefined
}

/** Sends a referral that the sender's gateway takes. */
async function submitOne({ sender, recipient }: Network): Promise<void> {
  const id = await sender.desk.ask<string>('send', recipient.id)
  await until(async () => (await sender.desk.ask('delivery', id)) !== 'intended')
}

async function isKnown({ desk }: Party, id: string): Promise<boolean> {
  return desk.ask('delivery', id).then(
    () => true,
    (error: Error) => error.message !== 'NOT_FOUND',
  )
}

/** Whether a condition becomes true in time. Gives up early if the sender's desk has lost the referral. */
async function until(isTrue: () => Promise<boolean>, sender?: Party, id = ''): Promise<boolean> {
  for (let ms = 0; ms < PATIENCE_MS; ms += STEP_MS) {
    if (await isTrue().catch(() => false)) return true
    const isGone = ms > PATIENCE_MS / 6 && sender !== undefined && !(await isKnown(sender, id))
    if (isGone) return false
    await pause(STEP_MS)
  }
  return false
}
