// Sends a referral in a test network, and returns everything that the desks show, for tests of refused input.
import { itemsOf } from '../../../testing/harness/fixture.ts'
import { type TestNetwork, testNetwork } from '../../../testing/network.ts'
import { buildReferral } from '../../../testing/referral.ts'
import type { Thread } from '../../api/thread.ts'

/** A network in which the NGO has received a referral of the hotline, with the thread on both sides. */
export interface Referred {
  readonly network: TestNetwork<'hotline' | 'ngo'>
  readonly mine: Thread
  readonly theirs: Thread
}

/** Makes the network and sends the referral. */
export async function referred(): Promise<Referred> {
  const network = await testNetwork(['hotline', 'ngo'])
  const { hotline, ngo } = network.desks
  const mine = await hotline.send(buildReferral(), { to: ngo.organisation })
  await itemsOf(network, ngo)
  return { network, mine, theirs: await ngo.thread(mine.id) }
}

/** Returns everything that the desks show, which refused input must not change. */
export async function standing({ network, mine, theirs }: Referred): Promise<string> {
  const desks = Object.values(network.desks)
  const lists = await Promise.all(desks.map(async (desk) => [await desk.threads(), await desk.parked()]))
  const events = await Promise.all([mine, theirs].map((thread) => thread.changes()))
  const views = await Promise.all([mine, theirs].map((thread) => thread.view()))
  return JSON.stringify([lists, events, views])
}
