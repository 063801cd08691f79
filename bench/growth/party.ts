// A desk process that sends referrals, or accepts and completes them. docs/guide/benchmark.md, "Memory"
import type { Desk } from '@rex/sdk'
import { serve } from '../measure/child.ts'
import { partyRole } from '../network/party.ts'
import { type Referring, startTraffic } from './traffic.ts'

let desk: Desk
let send: ReturnType<typeof startTraffic>

const role = {
  ...partyRole((opened) => {
    desk = opened
    send = startTraffic(desk)
  }),
  /** Sends referrals, and waits until all are finished. */
  refer: (referring: Referring): Promise<void> => send(referring),
}

export type PartyRole = typeof role

serve(role, () => desk?.[Symbol.asyncDispose]())
