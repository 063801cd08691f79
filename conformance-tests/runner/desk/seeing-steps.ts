// Steps that wait for observations of the gateway and the partners, or check that none were made.
import { Manifest } from '@rex/proto/core/v1/envelope'
import { Event } from '@rex/proto/core/v1/thread'
import type { Step } from '../../suite/scenario.ts'
import { namedIn } from './aliases.ts'
import { matcher, shownSeen } from './match.ts'
import { Mismatch } from './mismatch.ts'
import type { Run, World } from './world.ts'

/** Waits until `times` entries match. */
async function see(world: World, step: Step): Promise<void> {
  const matches = matcher(step, world.aliases)
  const found = await world.gateway.log.find(matches, world.patience, Number(step.times ?? 1))
  if (found === undefined)
    throw new Mismatch(`to see ${JSON.stringify(step)}`, shownLike(world, step), { isLate: true })
  world.aliases.set(step.as, namedIn(found))
}

/** Checks that exactly `is` entries match so far. */
function count(world: World, step: Step): void {
  const { log } = world.gateway
  const { is = 0, ...wanted } = step
  const found = log.entries.filter(matcher(wanted, world.aliases))
  if (found.length !== is)
    throw new Mismatch(
      `${String(is)} of ${JSON.stringify(wanted)}`,
      `${found.length}: ${shownLike(world, step)}`,
    )
}

/** Formats, for a report, the last log entries of the kind that the step waits for. */
function shownLike(world: World, { what }: Step): string {
  const like = world.gateway.log.entries.filter((seen) => seen.what === what)
  return like.slice(-6).map(shownSeen).join(' ') || `no ${String(what)}`
}

/** Checks that a message of the desk contains neither this text nor the id of any confirmed finding. */
function absent(world: World, { of, text, confirmed }: Step): void {
  const { manifest, event, sections } = world.aliases.opened(of)
  const bytes = Buffer.concat([
    Manifest.encode(manifest).finish(),
    Event.encode(event).finish(),
    ...sections.map(({ content }) => content),
  ])
  for (const one of [...(text === undefined ? [] : [String(text)]), ...world.confirmed(confirmed)])
    if (bytes.includes(one)) throw new Mismatch(`no ${one} in ${String(of)}`, 'it is there')
}

export const SEEING_STEPS: Readonly<Record<string, Run>> = {
  see,
  count,
  absent,
  never: (world, step) => count(world, { ...step, is: 0 }),
  /** Checks that all entries of a kind have the same value of a member. */
  same(world, { what, member }) {
    const found = world.gateway.log.entries
      .filter((seen) => seen.what === what)
      .map((seen) => seen[String(member)])
    if (new Set(found).size !== 1)
      throw new Mismatch(`one ${String(member)} of ${String(what)}`, found.join(' '))
  },
  /** Checks that a member has different values in the first and the last entry of a kind. */
  differs(world, { what, member }) {
    const found = world.gateway.log.entries.filter((seen) => seen.what === what)
    const [first, last] = [found[0]?.[String(member)], found.at(-1)?.[String(member)]]
    if (first === last) throw new Mismatch(`another ${String(member)} of ${String(what)}`, String(first))
  },
  /** Checks that the entry `first` came before the entry `second`. */
  before(world, { first, second }) {
    const { entries } = world.gateway.log
    const at = (step: unknown) =>
      entries.findIndex(matcher({ do: 'see', ...(step as object) }, world.aliases))
    const [a, b] = [at(first), at(second)]
    if (a < 0 || b < 0 || a >= b)
      throw new Mismatch(`${JSON.stringify(first)} before ${JSON.stringify(second)}`, `places ${a} and ${b}`)
  },
}
