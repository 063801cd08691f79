// Plays stories: starts the organisations, prints a timeline, counts messages, and ends with one line of JSON.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Name, ORGANISATIONS, type Organisation, startNetwork, stopNetwork } from '../network/network.ts'
import { keepUp } from './keep.ts'
import { findWords } from './leaks.ts'
import { countTotals } from './totals.ts'

/** A story: one capability, played by real organisations. */
export interface Story<Cast extends Name = Name> {
  readonly name: string
  /** One sentence for the timeline. */
  readonly title: string
  /** Organisations in the story. */
  readonly cast: readonly Cast[]
  play(stage: Stage<Cast>): Promise<void>
}

/** The organisations of a story, and its timeline. */
export type Stage<Cast extends Name = Name> = Readonly<Record<Cast, Organisation>> & {
  /** Writes a line of the timeline. */
  tell(who: Organisation, what: string): void
  /** Additional members of the JSON line at the end. */
  readonly facts: Record<string, unknown>
}

/** Declares a story; its stage has the organisations of its cast. */
export function story<Cast extends Name>(declared: Story<Cast>): Story<Cast> {
  return declared
}

/** Plays stories one after another in one network, with the options of the command line (`--dir`, `--keep`), and sets the exit code. */
export async function play(stories: readonly Story[]): Promise<void> {
  try {
    const { dir, keep } = commandLine()
    const directory = resolve(dir ?? (await mkdtemp(join(tmpdir(), 'rex-demo-'))))
    const summary = await playIn(directory, stories, { keep, interrupted: interruption() })
    if (!summary.ok) console.error(`What the gateways and desks say: ${directory}/*/*.log`)
    else if (dir === undefined) await rm(directory, { recursive: true, force: true })
    console.log(JSON.stringify(summary))
    process.exitCode = summary.ok ? 0 : 1
  } catch (error) {
    console.error(messageOf(error))
    process.exitCode = 1
  }
}

function commandLine(): { dir?: string | undefined; keep: boolean } {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      json: { type: 'boolean' }, // The last line is JSON with and without this option.
      keep: { type: 'boolean', default: false },
    },
  })
  return values
}

function interruption(): Promise<void> {
  return new Promise((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop())
  })
}

interface Run {
  /** Resolves when the user presses Ctrl-C. */
  readonly interrupted: Promise<void>
  readonly keep: boolean
}

async function playIn(directory: string, stories: readonly Story[], { interrupted, keep }: Run) {
  const stopped = interrupted.then(() => Promise.reject(new Error('Interrupted.')))
  stopped.catch(() => {})
  const names = [...new Set(stories.flatMap(({ cast }) => cast))]
  console.log(`Organisations, each with a gateway and a desk of its own, start in ${directory}`)
  for (const name of names) {
    console.log(`  ${name.padEnd(9)} ${ORGANISATIONS[name].name}, ${ORGANISATIONS[name].id}`)
  }
  const network = await startNetwork(directory, names)
  try {
    const before = await findWords(network)
    const stage = setStage(network)
    const played: { name: string; ok: boolean }[] = []
    for (const one of stories) {
      played.push({ name: one.name, ok: await Promise.race([playOne(one, stage), stopped]) })
    }
    const totals = await Promise.race([countTotals(network), stopped])
    const { sent, received, lost, duplicated } = totals
    const leaked = [...(await findWords(network)).difference(before)]
    if (leaked.length > 0) console.log(`\nGATEWAYS HOLD WORDS OF REFERRALS: ${leaked.join(', ')}`)
    const whole = sent === received && lost === 0 && duplicated === 0 && leaked.length === 0
    const ok = played.every((one) => one.ok) && whole
    if (keep) await keepUp(directory, network, interrupted)
    return { ok, stories: played, ...totals, leaked: leaked.length, ...stage.facts }
  } finally {
    await stopNetwork(network)
  }
}

async function playOne({ title, play: run }: Story, stage: Stage): Promise<boolean> {
  console.log(`\n${title}`)
  try {
    await run(stage)
    return true
  } catch (error) {
    console.log(`  FAILED: ${messageOf(error)}`)
    return false
  }
}

function setStage(network: readonly Organisation[]): Stage {
  const started = performance.now()
  const cast = Object.fromEntries(network.map((one) => [one.name, one])) as Record<Name, Organisation>
  return {
    ...cast,
    facts: {},
    tell: ({ name }, what) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6)
      console.log(`${seconds} s  ${name.padEnd(9)} ${what}`)
    },
  }
}

/** Returns the error message, with the line of the story if the stack contains one. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const [place] = /examples\/stories\/[\w-]+\.ts:\d+/.exec(error.stack ?? '') ?? []
  return place === undefined ? error.message : `${error.message} (${place})`
}
