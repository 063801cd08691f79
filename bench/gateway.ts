// Measures a single gateway: its start-up time, and its memory when idle. docs/guide/benchmark.md, "The gateway"
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { residentMemory } from './measure/child.ts'
import { median } from './measure/rounds.ts'
import { makeGateway, startGateway } from './network/gateway.ts'

/** Figures of an idle gateway. */
interface GatewayFigures {
  /** Time from the start of the process to its ready message, milliseconds. */
  readonly readyMs: number
  /** Resident memory, megabytes. */
  readonly idleMB: number
}

const SETTLE_MS = 1000

/** Starts a new gateway several times, one after another. */
export async function measureGateway(starts: number): Promise<GatewayFigures> {
  const directory = await mkdtemp(join(tmpdir(), 'rex-gateway-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(directory, { recursive: true }))
  await makeGateway(directory, 'https://hotline.example')
  const readyMs: number[] = []
  const idleMB: number[] = []
  for (let start = 0; start < starts; start++) {
    await using gateway = await startGateway(directory)
    readyMs.push(gateway.readyMs)
    await delay(SETTLE_MS)
    idleMB.push((await residentMemory(gateway.pid)).nowMB)
  }
  return { readyMs: median(readyMs), idleMB: median(idleMB) }
}
