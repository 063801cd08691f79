// One damage: a referral is on its way, a store is damaged as a crash left it, and the referral is looked for. docs/guide/testing.md, "Damage"
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { RexError } from '@rex/sdk/core'
import { type Network, type Party, referral } from './network.ts'

/** How a damage ended: the referral arrived, the start was refused with the store named, or the referral was lost. */
export type Outcome = 'healed' | 'named' | 'lost'

/** What was done, and how it ended. */
export interface Round {
  readonly what: string
  readonly outcome: Outcome
}

const PATIENCE_MS = 60_000
const STEP_MS = 50

/** The gateway of the recipient has stored a referral that its desk has not read. */
export async function damageGateway({ hotline, ngo }: Network, random: Random): Promise<Round> {
  const store = join(ngo.directory, 'gateway', 'store.sqlite')
  await ngo.desk[Symbol.asyncDispose]()
  const before = imageOf(store)
  const mine = await hotline.desk.send(referral(), { to: ngo.id })
  await until(async () => (await stateOf(hotline, mine.id)) === 'stored')
  const after = imageOf(store)
  await ngo.gateway.drain()
  const what = `gateway, ${damage(store, { before, after, random })}`
  const named = await refused(ngo.start, () => restore(store, after))
  await ngo.open()
  const arrived = await until(async () => (await stateOf(hotline, mine.id)) === 'received')
  return { what, outcome: outcomeOf(arrived, named) }
}

/** The desk of the recipient has received a referral. */
export async function damageDesk({ hotline, ngo }: Network, random: Random): Promise<Round> {
  const store = join(ngo.directory, 'desk', 'desk.db')
  const before = imageOf(store)
  const mine = await hotline.desk.send(referral(), { to: ngo.id })
  await until(async () => (await stateOf(hotline, mine.id)) === 'received')
  const after = imageOf(store)
  await ngo.desk[Symbol.asyncDispose]()
  const what = `desk, ${damage(store, { before, after, random })}`
  const named = await refused(ngo.open, () => restore(store, after))
  const arrived = await until(
    async () => (await (await ngo.desk.thread(mine.id)).view()).state === 'requested',
  )
  return { what, outcome: outcomeOf(arrived, named) }
}

function outcomeOf(arrived: boolean, named: boolean): Outcome {
  if (!arrived) return 'lost'
  return named ? 'named' : 'healed'
}

/** Whether the start was refused because of the store; then what was damaged is put back, as from a backup. */
async function refused(start: () => Promise<void>, repair: () => void): Promise<boolean> {
  try {
    await start()
    return false
  } catch (error) {
    if (!RexError.is(error, 'STORE_FAILED')) throw error
    repair()
    await start()
    return true
  }
}

async function stateOf({ desk }: Party, id: string): Promise<string | undefined> {
  return (await (await desk.thread(id)).view()).delivery[0]?.state
}

/** Whether something comes true in time. A thread that is not there yet throws. */
async function until(isTrue: () => Promise<boolean>): Promise<boolean> {
  for (let ms = 0; ms < PATIENCE_MS; ms += STEP_MS) {
    if (await isTrue().catch(() => false)) return true
    await pause(STEP_MS)
  }
  return false
}

type Image = readonly (readonly [suffix: string, bytes: Buffer])[]

/** A store as a kill would leave it now. */
function imageOf(store: string): Image {
  return ['', '-wal', '.mark']
    .filter((suffix) => existsSync(store + suffix))
    .map((suffix) => [suffix, readFileSync(store + suffix)] as const)
}

function restore(store: string, image: Image): void {
  for (const suffix of ['', '-wal', '.mark']) rmSync(store + suffix, { force: true })
  for (const [suffix, bytes] of image) writeFileSync(store + suffix, bytes, { mode: 0o600 })
}

const KINDS = ['flip', 'cut', 'delete', 'put back'] as const

/** Puts a store back as a kill left it, and damages it; what was done. */
function damage(
  store: string,
  { before, after, random }: { readonly before: Image; readonly after: Image; readonly random: Random },
): string {
  const kind = oneOf(random, KINDS)
  restore(
    store,
    kind === 'put back' ? [...before.filter(([suffix]) => suffix !== '.mark'), ...markOf(after)] : after,
  )
  const suffix = oneOf(random, ['', '-wal'])
  const path = store + suffix
  if (kind === 'put back' || !existsSync(path)) return 'put back'
  const bytes = readFileSync(path)
  const place = Math.floor(random() * bytes.length)
  if (kind === 'delete') rmSync(path)
  if (kind === 'cut') writeFileSync(path, bytes.subarray(0, place))
  if (kind === 'flip' && bytes.length > 0) {
    bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << Math.floor(random() * 8)), place)
    writeFileSync(path, bytes)
  }
  return `${kind} ${suffix === '' ? 'store' : 'log'} at ${place} of ${bytes.length}`
}

function markOf(image: Image): Image {
  return image.filter(([suffix]) => suffix === '.mark')
}

/** Numbers from 0 to 1, excluding it. */
type Random = () => number

function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T
}
