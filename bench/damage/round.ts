// One damage: a referral is on its way, a store is damaged, and the referral is looked for. docs/guide/testing.md, "Damage"
import { setTimeout as pause } from 'node:timers/promises'
import { damage, flip, type Image, imageOf, KINDS, oneOf, type Random, restore } from './image.ts'
import type { Network, Party, Program } from './network.ts'
import type { Place } from './wire.ts'

/** How a damage ended: the referral arrived; the damage was named and it arrived, or its sender was told that it is gone; or it was lost. */
export type Outcome = 'healed' | 'named' | 'lost'

/** What was done, and how it ended. */
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
/** The background check of a small store comes by every 10 s. */
const NOTICED_MS = 12_000
const SAYS_SO = ['desk-restored', 'store-damaged', 'unreadable', 'gateway-store-damaged']

/** One damage, as chance has it. */
export async function damageOnce(network: Network, random: Random): Promise<Round> {
  const side = oneOf(random, ['sender', 'recipient'] as const)
  const place = oneOf(random, ['gateway', 'desk'] as const)
  const moment = oneOf(random, ['killed', 'killed', 'at rest', 'at rest', 'running'] as const)
  const kind = moment === 'running' ? 'flip' : oneOf(random, KINDS)
  const program = network[side][place]
  const way = WAYS[side][place](network)
  const done = { side, place, moment, kind, where: '' }
  try {
    const before = new Map(imageOf(program.store))
    // A whole gateway that was put back is known by its own desk alone, when that has been confirmed something since.
    if (place === 'desk' && random() < 0.5) before.set('whole', Buffer.alloc(0))
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
    return { ...done, ...(await judge(network, { id, refusal })) }
  } catch (error) {
    return { ...done, outcome: 'lost', note: `${error}` }
  }
}

/** How a referral comes to lie in the store that is damaged, and goes on afterwards. */
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

/** A flip in the log is met when it is carried over, at the end; one in the store by the background check. */
async function flipRunning(program: Program, random: Random): Promise<string> {
  const files = imageOf(program.store)
  const suffix = files.has('-wal') ? oneOf(random, ['', '-wal']) : ''
  const place = flip(program.store + suffix, random)
  if (suffix === '') await program.endsWithin(NOTICED_MS)
  await program.end('SIGTERM')
  return `${suffix === '' ? 'store' : 'log'} at ${place}`
}

/** Starts it; if that is refused because of the store, what was damaged is put back, as from a backup. Whether that was so. */
async function restarted(program: Program, backup: Image): Promise<boolean> {
  const refusal = await program.start()
  if (refusal === undefined) return false
  if (refusal.reason !== 'STORE_FAILED') throw new Error(`${refusal.reason}: ${refusal.message}`)
  restore(program.store, backup)
  await again(program)
  return true
}

/** A sender's desk that has the referral no more must say that it has lost something. */
async function judge(
  { sender, recipient }: Network,
  { id, refusal }: { readonly id: string; readonly refusal: boolean },
): Promise<{ outcome: Outcome; note: string }> {
  const arrived = await until(
    async () => {
      if ((await recipient.desk.ask('state', id)) !== 'requested') return false
      return !(await isKnown(sender, id)) || (await sender.desk.ask('delivery', id)) === 'received'
    },
    sender,
    id,
  )
  if (refusal) return { outcome: arrived ? 'named' : 'lost', note: 'the start was refused' }
  if (arrived) return { outcome: 'healed', note: '' }
  const problems = await sender.desk.ask<string[]>('problems')
  const saysSo = problems.filter((code) => SAYS_SO.includes(code)).join(', ')
  if (!(await isKnown(sender, id)))
    return { outcome: saysSo === '' ? 'lost' : 'named', note: saysSo || 'gone' }
  const state = await sender.desk.ask<string>('delivery', id).catch((error: Error) => error.message)
  return { outcome: 'lost', note: `${state}; sender says ${problems.join(', ')}` }
}

async function isKnown({ desk }: Party, id: string): Promise<boolean> {
  return desk.ask('delivery', id).then(
    () => true,
    (error: Error) => error.message !== 'NOT_FOUND',
  )
}

/** Whether something comes true in time. What the sender does not have any more is waited for in vain. */
async function until(isTrue: () => Promise<boolean>, sender?: Party, id = ''): Promise<boolean> {
  for (let ms = 0; ms < PATIENCE_MS; ms += STEP_MS) {
    if (await isTrue().catch(() => false)) return true
    const isGone = ms > PATIENCE_MS / 6 && sender !== undefined && !(await isKnown(sender, id))
    if (isGone) return false
    await pause(STEP_MS)
  }
  return false
}
