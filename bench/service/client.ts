// An application that uses the desk of a service over the service's socket. docs/guide/benchmark.md, "Service"
import { connect, type Desk } from '@rex/sdk'
import { type Referring, startTraffic } from '../growth/traffic.ts'
import { serve } from '../measure/child.ts'
import type { Throughput } from '../measure/loop.ts'
import { type Sending, sendFor } from './sending.ts'

let desk: Desk
let refer: ReturnType<typeof startTraffic>

const role = {
  async connect(socket: string): Promise<void> {
    desk = await connect({ socket })
  },
  /** Sends referrals with calls to the service. */
  send: (sending: Sending): Promise<Throughput> => sendFor(desk, sending),
  /** Starts to accept and complete received referrals, and to note which sent ones are finished. */
  take(_: undefined): void {
    refer = startTraffic(desk)
  },
  /** Sends referrals, and waits until all are finished. */
  refer: (referring: Referring): Promise<void> => refer(referring),
}

export type ClientRole = typeof role

serve(role, () => desk?.[Symbol.asyncDispose]())
