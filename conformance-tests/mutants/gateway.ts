// Builds rex-gateway as one file, which is unchanged or has one deliberate fault, and runs cases against it. docs/guide/conformance.md
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findToken } from '../peer/desk.ts'
import { type GatewayCase, runGateway } from '../runner/gateway/run.ts'
import { freePort, type GatewayConfiguration, readGateway } from '../runner/gateway/target.ts'
import { CASE_LIMIT_MS } from '../runner/process.ts'
import type { Verdict } from '../runner/verdict.ts'
import { TARGETS } from '../suite/folders.ts'
import { BadFile } from '../suite/read.ts'
import { buildTarget, type Mutant } from './build.ts'
import { type Killed, killEach, killersOf } from './kill.ts'
import { CHOICE } from './variants.ts'

const PROGRAM = join(import.meta.dirname, 'program.ts')
/** Path of rex-gateway in the configuration of our target. */
const COMMAND = '../../gateway/bin/rex-gateway.js'
/** Programs beside our target, which its hooks run from their sources. */
const TOOLS = ['gateway-clock', 'gateway-hooks']
/** Time limit for each wait with a mutant, in milliseconds. Each mutant that stops responding costs this time. */
const MUTANT_LIMIT_MS = 3_000
/**
 * Number of mutants that run in parallel. It exceeds the number of processors, because many mutants only make the suite
 * wait.
 */
const PARALLEL = 4
const ORGANISATION = 'https://hotline.example'

/** The gateway bundled as one file, with a gateway directory to copy, because creating a gateway takes seconds. */
export interface BuiltGateway {
  /** The gateway without a fault, as a target. */
  readonly target: GatewayConfiguration
  /** Runs cases one after the other against the gateway, or against a mutant, with a time limit for each wait. */
  run(cases: readonly GatewayCase[], mutant?: Mutant, caseLimitMs?: number): Promise<readonly Verdict[]>
  close(): void
}

/**
 * Bundles the gateway with all mutants, and creates a gateway directory, which is copied for each run. @throws BadFile if a
 * mutant does not fit
 */
export async function buildGateway(mutants: readonly Mutant[]): Promise<BuiltGateway> {
  const room = mkdtempSync(join(tmpdir(), 'rex-gateway-built-'))
  // The program reads its version from package.json two folders above it.
  const programs = join(room, 'dist/cli')
  mkdirSync(programs, { recursive: true })
  writeFileSync(join(room, 'package.json'), '{ "version": "0.0.0" }')
  await buildTarget(join(programs, 'gateway.mjs'), PROGRAM, mutants)
  for (const name of TOOLS) await buildTarget(join(programs, `${name}.mjs`), join(TARGETS, `${name}.ts`))
  // A gateway never changes its address, so gateways that run at the same time must be copies of different gateways.
  const idle = [await makeGateway(room)]
  return {
    target: targetOf(programs, idle[0] as string),
    async run(cases, mutant, caseLimitMs = CASE_LIMIT_MS) {
      const made = idle.pop() ?? (await makeGateway(room))
      const { env, ...target } = targetOf(programs, made)
      const chosen = { ...target, env: { ...env, [CHOICE]: mutant?.name ?? '' } }
      const { verdicts } = await runGateway({ cases, target: chosen, parallel: 1, caseLimitMs })
      idle.push(made)
      return verdicts
    },
    close: () => rmSync(room, { recursive: true, force: true }),
  }
}

/**
 * Makes a gateway with its own address. Returns the folder that contains the gateway directory (`made`) and its enrolment
 * token (`token`).
 */
async function makeGateway(room: string): Promise<string> {
  const folder = mkdtempSync(join(room, 'one-'))
  const listen = `127.0.0.1:${await freePort()}`
  const init = ['init', '--json', '--dir', join(folder, 'made'), '--organisation', ORGANISATION]
  const program = join(room, 'dist/cli/gateway.mjs')
  const printed = execFileSync(process.execPath, [program, ...init, '--listen', listen], {
    encoding: 'utf8',
    env: { ...process.env, ...compiledIn(room) },
  })
  if (findToken(printed) === undefined) throw new BadFile(`rex-gateway printed no token: ${printed}`)
  writeFileSync(join(folder, 'token'), printed)
  return folder
}

/** Environment variables with which Node caches compiled code in `room`. */
const compiledIn = (room: string) => ({ NODE_COMPILE_CACHE: join(room, 'compiled') })

/** Returns our target with bundled programs, whose gateways are copies of the gateway in a folder. */
function targetOf(programs: string, folder: string): GatewayConfiguration {
  const target = readGateway(join(TARGETS, 'gateway.json'))
  const bundled = (part: string) =>
    TOOLS.reduce(
      (text, name) => text.replace(`./${name}.ts`, join(programs, `${name}.mjs`)),
      part,
    ).replaceAll(COMMAND, join(programs, 'gateway.mjs'))
  const hooks = Object.entries(target.hooks).map(([hook, command]) => [hook, command.map(bundled)])
  return {
    ...target,
    env: compiledIn(join(folder, '..')),
    hooks: {
      ...Object.fromEntries(hooks),
      make: ['sh', '-c', 'cp -a "$1/made" "$0" && cat "$1/token"', '{dir}', folder],
    },
  }
}

/** Runs each mutant, several at a time, against its recorded killer, or against all cases. */
export async function killGateways(
  mutants: readonly Mutant[],
  all: readonly GatewayCase[],
  { gateway, every = false }: { readonly gateway: BuiltGateway; readonly every?: boolean },
): Promise<Killed[]> {
  return killEach(mutants, PARALLEL, async (queue, done) => {
    for (const mutant of queue) {
      const verdicts = await gateway.run(every ? all : killersOf(mutant, all), mutant, MUTANT_LIMIT_MS)
      // A gateway that does not start proves nothing about a case.
      done(
        mutant,
        verdicts.filter(({ exchange }) => exchange !== undefined),
      )
    }
  })
}
