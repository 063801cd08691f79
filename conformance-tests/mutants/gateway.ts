// Builds rex-gateway as one file, unchanged or with one deliberate fault, and runs cases against it. docs/guide/conformance.md
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findToken } from '../peer/desk.ts'
import { type GatewayCase, runGateway } from '../runner/gateway/run.ts'
import { freePort, type GatewayConfiguration, readGateway } from '../runner/gateway/target.ts'
import type { Verdict } from '../runner/verdict.ts'
import { isBad } from '../runner/verdict.ts'
import { TARGETS } from '../suite/folders.ts'
import { BadFile } from '../suite/read.ts'
import { type Mutant, openBuilder } from './build.ts'
import type { Killed } from './kill.ts'

const PROGRAM = join(import.meta.dirname, 'program.ts')
/** The program in the configuration of our target. */
const COMMAND = '../../gateway/bin/rex-gateway.js'
const ORGANISATION = 'https://hotline.example'

/** The gateway bundled as one file, with a gateway directory to copy, because creating a gateway takes seconds. */
export interface BuiltGateway {
  /** The gateway without a fault, as a target. */
  readonly target: GatewayConfiguration
  /** Runs cases one after the other against the gateway. `mutant`: the fault to build into it. */
  run(cases: readonly GatewayCase[], mutant?: Mutant): Promise<readonly Verdict[]>
  close(): Promise<void>
}

/** Bundles the gateway, and creates the gateway directory that runs copy. */
export async function buildGateway(): Promise<BuiltGateway> {
  const room = mkdtempSync(join(tmpdir(), 'rex-gateway-built-'))
  // The program reads its version from package.json two folders above it.
  const programs = join(room, 'dist/cli')
  mkdirSync(programs, { recursive: true })
  writeFileSync(join(room, 'package.json'), '{ "version": "0.0.0" }')
  const [whole, made] = [join(programs, 'gateway.mjs'), join(room, 'made')]
  const builder = await openBuilder(PROGRAM)
  await builder.build(whole)
  const listen = `127.0.0.1:${await freePort()}`
  const init = ['init', '--json', '--dir', made, '--organisation', ORGANISATION, '--listen', listen]
  const printed = execFileSync(process.execPath, [whole, ...init], { encoding: 'utf8' })
  if (findToken(printed) === undefined) throw new BadFile(`rex-gateway printed no token: ${printed}`)
  writeFileSync(join(room, 'token'), printed)
  return {
    target: targetOf(whole, room),
    async run(cases, mutant) {
      const program = mutant === undefined ? whole : join(programs, `${mutant.name}.mjs`)
      if (mutant !== undefined) await builder.build(program, mutant)
      const target = targetOf(program, room)
      const { verdicts } = await runGateway({ cases, target, parallel: 1 })
      return verdicts
    },
    async close() {
      await builder.close()
      rmSync(room, { recursive: true, force: true })
    },
  }
}

/** Returns our target with another program, whose gateways are copies of the folder `made` in `room`. */
function targetOf(program: string, room: string): GatewayConfiguration {
  const target = readGateway(join(TARGETS, 'gateway.json'))
  const hooks = Object.entries(target.hooks).map(([hook, command]) => [
    hook,
    command.map((part) => part.replaceAll(COMMAND, program)),
  ])
  return {
    ...target,
    hooks: {
      ...Object.fromEntries(hooks),
      make: ['sh', '-c', 'cp -a "$1/made" "$0" && cat "$1/token"', '{dir}', room],
    },
  }
}

/** Runs each mutant against its recorded killer, or against all cases. */
export async function killGateways(
  mutants: readonly Mutant[],
  all: readonly GatewayCase[],
  { gateway, every = false }: { readonly gateway: BuiltGateway; readonly every?: boolean },
): Promise<Killed[]> {
  const killed: Killed[] = []
  for (const mutant of mutants) {
    const cases = every ? all : all.filter(({ name }) => name === mutant.killer)
    if (cases.length === 0) throw new BadFile(`${mutant.name}: there is no case ${mutant.killer}.`)
    const verdicts = await gateway.run(cases, mutant)
    killed.push({ mutant, by: verdicts.filter(({ outcome }) => isBad(outcome)).map(({ name }) => name) })
  }
  return killed
}
