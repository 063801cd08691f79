// A simulated year of wrong clocks, one at a time and several at once, with continuous referrals. docs/guide/benchmark.md, "Clocks"
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded } from '../../gateway/src/testing/random.ts'
import { RexError } from '../../sdk/src/core/error.ts'
import { parseReferral } from '../../sdk/src/core/referral/index.ts'
import { type Computer, found, type Party } from './party.ts'
import { quiet } from './quiet.ts'
import { createWorld, type World } from './world.ts'

const SECOND = 1000
const DAY = 24 * 3_600_000
const OVERLAP = 16 * DAY
/** Mean time between two steps, each of which changes some clocks. Milliseconds. */
const STEP = 5 * DAY
const LARGEST_ERROR = 400 * DAY
/** Errors of clocks that were reset or set to a mistyped date: some fall before 2020, some after 2100. Milliseconds. */
const FAR = [-40, -8, 25, 120].map((years) => years * 365 * DAY)
const SKEW = 10 * 60_000
/** A time that an organisation has stated may still count for other organisations after this number of steps. */
const LATELY = 4
const COMPUTERS: readonly Computer[] = ['gateway', 'desk']
const NAMES = ['hotline', 'ngo', 'police'] as const
/** Simulated time per tick. Milliseconds. */
const TICK_MS = 5 * SECOND
const REFERRAL = new URL('../../examples/referrals/content-verification.json', import.meta.url)

/** Settings of a campaign. */
interface CampaignOptions {
  readonly seed: number
  readonly steps: number
}

/** Result of a campaign. */
interface CampaignReport extends CampaignOptions {
  readonly days: number
  readonly errors: number
  readonly sent: number
  readonly received: number
  /** Number of referrals that were reported to the sender as refused or expired. */
  readonly ended: number
  /**
   * Counts referrals that were sealed to keys that their recipient had already destroyed: those that were
   * resealed and then received, and those that ended otherwise.
   */
  readonly sealedLate: { readonly received: number; readonly ended: number }
  /** Unexpected events, one sentence each. Empty if the campaign passed. */
  readonly faults: readonly string[]
}

interface End {
  readonly outcome: 'received' | 'ended' | 'lost'
  readonly sealedLate: boolean
}

interface Sent {
  readonly from: Party
  readonly to: Party
  readonly thread: string
  /** Whether the referral was sent while all clocks were right, so that it must be received. */
  readonly undisturbed: boolean
}

/** Runs a campaign in a temporary directory. */
export async function runCampaign({ seed, steps }: CampaignOptions): Promise<CampaignReport> {
  const root = mkdtempSync(join(tmpdir(), 'rex-clocks-'))
  const world = createWorld()
  const began = world.now()
  const random = seeded(seed)
  const faults: string[] = []
  await using undo = new AsyncDisposableStack()
  undo.defer(() => {
    if (faults.length === 0) rmSync(root, { recursive: true, force: true })
    else console.error(`kept in ${root}`)
  })
  const parties = await Promise.all(NAMES.map((name) => found(root, name, world)))
  for (const party of parties) undo.use(party)
  await pairAll(parties)
  const sent: Sent[] = []
  const seen = createWitnessed(world, parties)
  let errors = 0

  for (let step = 0; step < steps; step++) {
    errors += await disturb(parties, random)
    seen.look()
    for (let i = 0; i < 2; i++) sent.push(...(await sendIfMet(parties, random)))
    await calm(world, 25, flutterOf(parties, random))
    await lookAtStatus(parties, faults)
    for (const party of parties)
      await lookAtKeys(party, Math.max(began, seen.latestMs(party) - OVERLAP), faults)
    await sleep(parties, random, () => world.pass(Math.round(random() * 2 * STEP)))
    await calm(world, 15)
  }
  await heal(parties)
  // Run for 17 days, because a referral that is not received ends after up to 14 days, and retries happen only once a day.
  for (let day = 0; day < 17; day++) {
    world.pass(DAY)
    await calm(world, day < 2 ? 60 : 20)
    // Send again, because desks that refused to sign while their clocks were wrong must sign now.
    if (day === 1) for (const from of parties) sent.push(await send(from, parties, random, true))
  }
  for (const party of parties) {
    const neverMade = party.keysNeverMade()
    if (neverMade > 0) faults.push(`${party.id} got ${neverMade} envelopes for keys that it never made.`)
  }
  const ends = await Promise.all(sent.map((one) => endOf(one, faults)))
  const count = (wanted: Partial<End>) =>
    ends.filter((end) => Object.entries(wanted).every(([name, value]) => end[name as keyof End] === value))
      .length
  return {
    seed,
    steps,
    days: Math.round((world.now() - began) / DAY),
    errors,
    sent: sent.length,
    received: count({ outcome: 'received' }),
    ended: count({ outcome: 'ended' }),
    sealedLate: {
      received: count({ outcome: 'received', sealedLate: true }),
      ended: count({ outcome: 'ended', sealedLate: true }),
    },
    faults,
  }
}

async function pairAll(parties: readonly Party[]): Promise<void> {
  for (const inviting of parties) {
    const { invite } = await inviting.desk().invite()
    for (const party of parties) if (party !== inviting) await party.desk().pair(invite)
  }
}

/**
 * For about three quarters of the organisations, sets the clocks of one or both computers wrong or right, and in half of these cases restarts the
 * computers whose clocks changed. Returns the number of organisations whose clocks were set wrong.
 */
async function disturb(parties: readonly Party[], random: () => number): Promise<number> {
  let errors = 0
  for (const party of parties) {
    const what = random()
    if (what < 0.5) await set(party, 0)
    else if (what < 0.75) {
      errors += 1
      await set(party, errorOf())
    }
  }
  return errors

  function errorOf(): number {
    const kind = random()
    const [far = 0] = FAR.slice(Math.floor(random() * FAR.length))
    const asAnother = parties[Math.floor(random() * parties.length)]?.errorMs.gateway ?? 0
    if (kind < 0.1) return far
    if (kind < 0.3) return asAnother
    return Math.round((random() * 2 - 1) * LARGEST_ERROR)
  }

  async function set(party: Party, errorMs: number): Promise<void> {
    const chosen =
      errorMs === 0 || random() < 0.3 ? COMPUTERS : ([random() < 0.5 ? 'gateway' : 'desk'] as const)
    const restart = random() < 0.5
    for (const computer of chosen) {
      const changes = party.errorMs[computer] !== errorMs
      party.errorMs[computer] = errorMs
      if (restart && changes) await party.restart(computer)
    }
  }
}

async function heal(parties: readonly Party[]): Promise<void> {
  for (const party of parties) {
    party.errorMs.gateway = 0
    party.errorMs.desk = 0
    await party.restart('gateway')
    await party.restart('desk')
  }
}

/**
 * Sends a referral between two organisations. Returns an empty list if the sender's desk refuses, because a wrong clock
 * has kept the desk from connecting to its gateway since the desk was opened.
 */
async function sendIfMet(parties: readonly Party[], random: () => number): Promise<Sent[]> {
  const from = parties[Math.floor(random() * parties.length)] as Party
  try {
    return [await send(from, parties, random)]
  } catch (error) {
    if (RexError.is(error, 'UNAVAILABLE')) return []
    throw error
  }
}

async function send(
  from: Party,
  parties: readonly Party[],
  random: () => number,
  undisturbed = false,
): Promise<Sent> {
  const others = parties.filter((party) => party !== from)
  const to = others[Math.floor(random() * others.length)] as Party
  const referral = parseReferral(JSON.parse(readFileSync(REFERRAL, 'utf8')))
  const { id: thread } = await from.desk().send(referral, { to: to.id })
  return { from, to, thread, undisturbed }
}

/** Returns a function to call on each tick, which sometimes makes one clock jump back and forth within seconds. */
function flutterOf(parties: readonly Party[], random: () => number): (tick: number) => void {
  if (random() > 0.2) return () => {}
  const party = parties[Math.floor(random() * parties.length)] as Party
  const computer: Computer = random() < 0.5 ? 'gateway' : 'desk'
  const rests = party.errorMs[computer]
  const jumps = Math.round((random() * 2 - 1) * LARGEST_ERROR)
  return (tick) => {
    party.errorMs[computer] = tick % 2 === 0 ? jumps : rests
  }
}

/** Suspends some computers while `pass` advances time. */
async function sleep(parties: readonly Party[], random: () => number, pass: () => void): Promise<void> {
  for (const { asleep } of parties) for (const computer of COMPUTERS) asleep[computer] = random() < 0.15
  pass()
  for (const { asleep } of parties) for (const computer of COMPUTERS) asleep[computer] = false
}

/** Advances time slowly, so that messages in transit arrive. */
async function calm(world: World, ticks: number, each: (tick: number) => void = () => {}): Promise<void> {
  for (let i = 1; i <= ticks; i++) {
    each(i)
    world.pass(TICK_MS)
    await quiet()
  }
}

async function lookAtStatus(parties: readonly Party[], faults: string[]): Promise<void> {
  for (const party of parties) {
    const wrong = Object.entries(party.errorMs).filter(([, ms]) => Math.abs(ms) > SKEW)
    if (wrong.length === 0 || (await party.problems()).length > 0) continue
    const words = wrong.map(([computer, ms]) => `${computer} ${Math.round(ms / DAY)} days`)
    faults.push(`${party.id} says that all is well, with its clocks off: ${words.join(', ')}.`)
  }
}

/**
 * Creates a record of the latest time that other organisations can have confirmed to each organisation, in steps in which the clocks of all these
 * others were ahead.
 */
function createWitnessed(world: World, parties: readonly Party[]) {
  /** How far ahead the clocks of each organisation have been in recent steps. */
  const ahead = new Map<string, number[]>()
  const latest = new Map<string, number>()
  return {
    look(): void {
      for (const { id, errorMs } of parties)
        ahead.set(id, [...(ahead.get(id) ?? []), Math.max(errorMs.gateway, errorMs.desk, 0)].slice(-LATELY))
      for (const { id } of parties) {
        const others = parties.filter((party) => party.id !== id)
        const all = Math.min(...others.map((party) => Math.max(...(ahead.get(party.id) ?? [0]))))
        latest.set(id, Math.max(latest.get(id) ?? 0, world.now() + all))
      }
    },
    latestMs: ({ id }: Party): number => Math.max(latest.get(id) ?? 0, world.now()),
  }
}

/** Adds a fault if an organisation has destroyed keys while mail sealed to them may still arrive. */
async function lookAtKeys(party: Party, latestMs: number, faults: string[]): Promise<void> {
  const { keysSinceMs } = await party.health()
  if (keysSinceMs > latestMs)
    faults.push(`${party.id} destroyed keys from before ${new Date(keysSinceMs).toISOString()} too early.`)
}

async function endOf({ from, to, thread, undisturbed }: Sent, faults: string[]): Promise<End> {
  const { delivery } = await (await from.desk().thread(thread)).view()
  const [{ state, reason } = { state: 'intended', reason: undefined }] = delivery
  const sealedLate = from.wasSealedLate(thread)
  const name = `${thread} of ${from.id} is ${state}${reason === undefined ? '' : ` (${reason})`}`
  if (state === 'received' || state === 'seen') {
    if (to.received.has(thread)) return { outcome: 'received', sealedLate }
    faults.push(`${to.id} says that it has received ${thread}, and no application got it.`)
  } else if (undisturbed) faults.push(`${name}, though it was sent while all clocks were right.`)
  else if ((state === 'refused' || state === 'expired') && from.failed.has(thread))
    return { outcome: 'ended', sealedLate }
  else faults.push(`${name}, and nobody was told.`)
  return { outcome: 'lost', sealedLate }
}
