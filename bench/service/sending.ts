// Sends referrals for a while, through an embedded desk or that of a service. docs/guide/benchmark.md, "Service"
import type { Desk } from '@rex/sdk'
import { GRANTED, testReferral } from '../content.ts'
import { closedLoop, type Load, type Throughput } from '../measure/loop.ts'

const referral = testReferral()

/** A load of referrals to one organisation. */
export interface Sending extends Load {
  readonly to: string
}

/** Repeatedly sends referrals. Each counts when it is durable at the desk. */
export const sendFor = (desk: Desk, { to, ...load }: Sending): Promise<Throughput> =>
  closedLoop(load, async () => {
    await desk.send(referral, { to: { organisation: to, sections: GRANTED } })
  })
