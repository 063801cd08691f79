// Runs REX as a network of four processes: desk, gateway, gateway, desk. docs/guide/benchmark.md, "End to end"
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Suite } from '@rex/sdk/core'
import type { NetworkThroughput } from '../floor/floor.ts'
import { bundledProgram } from '../measure/bundles.ts'
import { type Child, type Role, residentMemory, startChild, withCpu } from '../measure/child.ts'
import type { Load } from '../measure/loop.ts'
import type { DeskRole, DeskSetup } from './desk.ts'
import { type GatewayProcess, makeGateway, startGateway } from './gateway.ts'

/** A desk process that can be started. */
type StartableDesk = Role & { start(setup: DeskSetup): Promise<void> }

/** An organisation with its two processes. */
export interface Organisation<Desk extends Role = DeskRole> {
  readonly gateway: GatewayProcess
  readonly desk: Child<Desk>
}

/** A running network. */
export interface Network extends AsyncDisposable {
  /** Repeatedly sends referrals, and waits for the desk receipt of each. */
  load(load: Load): Promise<NetworkThroughput>
  /** Peak resident memory of a gateway, megabytes. */
  peakMB(): Promise<number>
}

const SENDER = 'https://hotline.example'
const RECIPIENT = 'https://ngo.example'

/**
 * Creates, starts and pairs two organisations; the recipient offers one suite. With `profileDir`, every process writes a CPU profile
 * there when it ends.
 */
export async function startNetwork(suite: Suite, profileDir?: string): Promise<Network> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'rex-network-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const organisations = await Promise.all(
    [SENDER, RECIPIENT].map((id, i) => startOrganisation(join(directory, String(i)), id, { profileDir })),
  )
  for (const { gateway, desk } of organisations) {
    undo.use(gateway)
    undo.use(desk)
  }
  const [from, to] = organisations.map(({ desk }) => desk) as [Child<DeskRole>, Child<DeskRole>]
  const issuedMs = Date.now()
  await to.ask('pair', await from.ask('invite', { suites: ['REX-2', 'REX-1'], issuedMs }))
  await from.ask('pair', await to.ask('invite', { suites: [suite], issuedMs }))
  const processes = organisations.flatMap(({ gateway, desk }) => [gateway, desk])
  const running = undo.move()
  return {
    async load(load) {
      await to.ask('outgoing', undefined)
      const done = await withCpu(processes, () => from.ask('load', { to: RECIPIENT, ...load }))
      return { ...done, receiptsPerMessage: done.count / (await to.ask('outgoing', undefined)) }
    },
    async peakMB() {
      const memory = await Promise.all(organisations.map(({ gateway }) => residentMemory(gateway.pid)))
      return Math.max(...memory.map((resident) => resident.peakMB))
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** A desk process that can also pair. */
type PairingDesk = StartableDesk & {
  invite(_: undefined): Promise<string>
  pair(invite: string): Promise<string>
}

/** Creates, starts and pairs two organisations whose desk processes run `program`. `undo` ends them. */
export async function startPair<Desk extends PairingDesk>(
  undo: AsyncDisposableStack,
  organisations: Readonly<Record<'sender' | 'recipient', string>>,
  options: { directory: string; program: URL; profileDir?: string | undefined },
): Promise<Record<'sender' | 'recipient', Organisation<Desk>>> {
  const start = async (name: 'sender' | 'recipient') => {
    const directory = join(options.directory, name)
    const started = await startOrganisation<PairingDesk>(directory, organisations[name], options)
    undo.use(started.gateway)
    undo.use(started.desk)
    return started
  }
  const pair = { sender: await start('sender'), recipient: await start('recipient') }
  const { sender, recipient } = pair
  await sender.desk.ask('pair', await recipient.desk.ask('invite', undefined))
  await recipient.desk.ask('pair', await sender.desk.ask('invite', undefined))
  return pair as unknown as Record<'sender' | 'recipient', Organisation<Desk>>
}

/** Program that runs the SDK's desk on a watched store. */
const DESK = new URL('./desk.ts', import.meta.url)

/** Creates and starts the gateway and the desk of one organisation. The desk process runs `program`. */
export async function startOrganisation<Desk extends StartableDesk = DeskRole>(
  directory: string,
  organisation: string,
  { program = DESK, profileDir }: { program?: URL; profileDir?: string | undefined } = {},
): Promise<Organisation<Desk>> {
  const gatewayDirectory = join(directory, 'gateway')
  await makeGateway(gatewayDirectory, organisation)
  const gateway = await startGateway(gatewayDirectory, profileDir)
  const desk = startChild<StartableDesk>(await bundledProgram(program), profileDir)
  await desk.ask('start', {
    directory: join(directory, 'desk'),
    token: await gateway.token(),
    name: organisation,
  })
  return { gateway, desk: desk as Child<Desk> }
}
