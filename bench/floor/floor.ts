// The floor as a network of four processes, in the layout of REX: desk, gateway, gateway, desk. docs/guide/benchmark.md, "Floor"
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Authority,
  createAuthority,
  createSigningRequest,
  generateRsaKey,
  issueCertificate,
  type Suite,
} from '@rex/sdk/core'
import { type Child, startChild, withCpu } from '../measure/child.ts'
import type { Load, Throughput } from '../measure/loop.ts'
import type { FloorDesk } from './desk.ts'
import type { Relay } from './relay.ts'
import type { Specimens } from './sizes.ts'
import type { Identity } from './wire.ts'

/** Throughput of a network. Several desk receipts share a message, so each receipt costs only its share of the message. */
export interface NetworkThroughput extends Throughput {
  readonly receiptsPerMessage: number
  /** CPU time of the four processes together per message, milliseconds. */
  readonly cpuMs: number
}

interface Floor extends AsyncDisposable {
  /**
   * Repeatedly sends referrals in a suite, and waits for the desk receipt of each. `receiptsPerMessage`: number of receipts
   * in a message.
   */
  load(suite: Suite, load: Load & { readonly receiptsPerMessage: number }): Promise<NetworkThroughput>
}

const ORGANISATION = 'https://floor.example'

/** Starts the four processes. */
export async function startFloor(specimens: Specimens): Promise<Floor> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'rex-floor-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const [a, b] = [0, 1].map(() => undo.use(startChild<Relay>(new URL('./relay.ts', import.meta.url))))
  const [from, to] = [0, 1].map(() => undo.use(startChild<FloorDesk>(new URL('./desk.ts', import.meta.url))))
  const identities = await makeIdentities(4)
  const relays = [a, b] as [Child<Relay>, Child<Relay>]
  const desks = [from, to] as [Child<FloorDesk>, Child<FloorDesk>]
  const addresses = await Promise.all(
    relays.map(async (relay, i) =>
      relay.ask('start', {
        directory: await mkdtemp(join(directory, 'relay-')),
        identity: identities[i] as Identity,
        specimens,
      }),
    ),
  )
  await Promise.all(relays.map((relay, i) => relay.ask('connect', addresses[1 - i] as string)))
  await Promise.all(
    desks.map((desk, i) =>
      desk.ask('start', {
        relay: addresses[i] as string,
        identity: identities[2 + i] as Identity,
        specimens,
      }),
    ),
  )
  const running = undo.move()
  return {
    async load(suite, { receiptsPerMessage, ...load }) {
      await desks[1].ask('setBatch', receiptsPerMessage)
      await desks[1].ask('batches', undefined)
      const done = await withCpu([...relays, ...desks], () => desks[0].ask('load', { suite, ...load }))
      return { ...done, receiptsPerMessage: done.count / (await desks[1].ask('batches', undefined)) }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function makeIdentities(count: number): Promise<Identity[]> {
  const now = Date.now()
  const authority = await createAuthority({ organisation: ORGANISATION, now })
  return Promise.all(Array.from({ length: count }, () => makeIdentity(authority, now)))
}

async function makeIdentity(authority: Authority, now: number): Promise<Identity> {
  const privateKey = await generateRsaKey()
  const signingRequest = createSigningRequest({ privateKey, uri: ORGANISATION })
  const certificate = issueCertificate({
    authority,
    signingRequest,
    uri: ORGANISATION,
    usage: 'gateway',
    now,
  })
  return { certificate, privateKey, authority: authority.certificate }
}
