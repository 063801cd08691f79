// Builds rex-gateway as one file, which is unchanged or has one deliberate fault, and runs cases against it. docs/guide/conformance.md
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findToken } from '../../peer/desk.ts'
import { type GatewayCase, Line, runGateway } from '../../runner/gateway/run.ts'
import { freePort, type GatewayConfiguration, readGateway } from '../../runner/gateway/target.ts'
import type { Verdict } from '../../runner/verdict.ts'
import { TARGETS } from '../../suite/folders.ts'
import { BadFile } from '../../suite/read.ts'
import { buildTarget } from '../build.ts'
import type { Mutant } from '../mutant.ts'
import { CHOICE, choose } from './choice.ts'
import type { Trial } from './trial.ts'

const PROGRAM = join(import.meta.dirname, 'gateway-program.ts')
/** Path of rex-gateway in the configuration of our target. */
const COMMAND = '../../gateway/bin/rex-gateway.js'
/** Programs beside our target, which its hooks run from their sources. */
const TOOLS = ['gateway-clock', 'gateway-hooks']
const ORGANISATION = 'https://hotline.example'

/** The gateway bundled as one file, with a gateway directory to copy, because creating a gateway takes seconds. */
export interface BuiltGateway {
  /** The gateway without a fault, as a target. */
  readonly target: GatewayConfiguration
  /** Runs cases one after the other against the gateway. */
  run(cases: readonly GatewayCase[]): Promise<readonly Verdict[]>
  /** Opens a gateway that can become each mutant. */
  open(): Promise<Trial<GatewayCase>>
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
  const first = await makeGateway(room)
  return {
    target: targetOf(programs, first),
    async run(cases) {
      const target = targetOf(programs, await makeGateway(room))
      const { verdicts } = await runGateway({ cases, target, parallel: 1 })
      return verdicts
    },
    open: async () => openTrial(programs, await makeGateway(room)),
    close: () => rmSync(room, { recursive: true, force: true }),
  }
}

async function openTrial(programs: string, folder: string): Promise<Trial<GatewayCase>> {
  const file = join(folder, 'choice')
  await choose(file, '')
  const target = targetOf(programs, folder)
  const env = { ...target.env, [CHOICE]: file }
  const line = new Line({ target: { ...target, env }, mended: () => choose(file, '') })
  return {
    async become(mutant, anew) {
      if (anew) await line.abandon()
      await choose(file, mutant?.name ?? '')
    },
    run: (scenario, limitMs) => line.result(scenario, limitMs),
    [Symbol.asyncDispose]: () => line.close(),
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
