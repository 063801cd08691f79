// An end-to-end desk process. It runs the SDK's desk on a store that reports when a receipt is durable. docs/guide/benchmark.md, "End to end"
import { join } from 'node:path'
import { type Desk, initDesk } from '@rex/sdk'
import { localSigner, parseEntityConfiguration, type Suite, signEntityConfiguration } from '@rex/sdk/core'
import { openDesk } from '../../sdk/src/client/desk.ts'
import { openLink } from '../../sdk/src/client/gateway/link.ts'
import { openKeystore } from '../../sdk/src/client/keys/keystore.ts'
import { openSqliteDeskStore } from '../../sdk/src/client/store/sqlite.ts'
import { signInvite, verifyInvite } from '../../sdk/src/core/identity/invite.ts'
import { GRANTED, testReferral } from '../content.ts'
import { serve } from '../measure/child.ts'
import { closedLoop, type Load, type Throughput } from '../measure/loop.ts'
import { watchStore } from './watch.ts'

/** Settings of a desk. */
export interface DeskSetup {
  readonly directory: string
  readonly token: string
  readonly name: string
}

const PASSPHRASE = 'correct horse battery staple, for the benchmark only'
const CONCURRENCY = 64
const DAY = 86_400_000

const referral = testReferral()
const watch = watchStore()
let desk: Desk
let entitySeed: Uint8Array

const role = {
  /** Creates the desk and opens it. */
  async start({ directory, token, name }: DeskSetup): Promise<void> {
    await initDesk({ directory, token, name, passphrase: PASSPHRASE })
    const keys = await openKeystore(directory, PASSPHRASE)
    const store = watch.over(openSqliteDeskStore(join(directory, 'desk.db')))
    desk = await openDesk({ keys, store, link: openLink(keys) })
    entitySeed = keys.entitySeed
    void takeItems()
  },
  /** Returns an invite whose statement offers only these suites and was issued at `issuedMs`. */
  async invite({ suites, issuedMs }: { suites: readonly Suite[]; issuedMs: number }): Promise<string> {
    const signer = localSigner(entitySeed)
    const { configuration } = await verifyInvite((await desk.invite()).invite, Date.now())
    const { party } = configuration
    const statement = await signEntityConfiguration(
      { ...configuration, issuedMs, party: { ...party, suites } },
      signer,
    )
    parseEntityConfiguration(statement)
    return signInvite(statement, { signer, now: Date.now(), expiresMs: Date.now() + DAY })
  },
  async pair(invite: string): Promise<string> {
    return (await desk.pair(invite)).organisation
  },
  /** Repeatedly sends a referral to all recipients and waits until the desk's gateway has stored it. Returns milliseconds per send. */
  async broadcast({ to, ms }: { to: readonly string[]; ms: number }): Promise<number> {
    const recipients = to.map((organisation) => ({ organisation, sections: GRANTED }))
    const { perSecond } = await closedLoop({ inFlight: 1, ms }, async () => {
      await desk.send(referral, { to: recipients })
      await desk.drain()
    })
    return 1000 / perSecond
  },
  /** Repeatedly sends referrals, and waits until the `received` receipt of each is durable at this desk. */
  load: ({ to, ...load }: Load & { to: string }): Promise<Throughput> => closedLoop(load, () => send(to)),
  /** Returns the number of messages submitted to the desk's gateway since the last call. */
  outgoing: (_: undefined): number => watch.takeOutgoing(),
}

export type DeskRole = typeof role

async function send(organisation: string): Promise<void> {
  const thread = await desk.send(referral, { to: { organisation, sections: GRANTED } })
  await watch.received(thread.id)
}

/** Accepts and completes every referral, as the recipient's application. */
async function takeItems(): Promise<void> {
  for await (const item of desk.receive({ concurrency: CONCURRENCY })) void item.ack()
}

serve(role, () => desk?.[Symbol.asyncDispose]())
