// Two organisations with real gateways and desks in one process. docs/guide/testing.md, "Damage"
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type Desk, initDesk } from '@rex/sdk'
import { parseReferral } from '@rex/sdk/referral'
import { type Gateway, initGateway, readConfig, startGateway } from '../../gateway/src/gateway.ts'

const PASSPHRASE = 'correct horse battery staple of the damaged'

/** An organisation. */
export interface Party {
  readonly id: string
  readonly directory: string
  gateway: Gateway
  desk: Desk
  /** Starts the gateway at the address that it has. @throws RexError STORE_FAILED */
  start(): Promise<void>
  /** Opens the desk. @throws RexError STORE_FAILED */
  open(): Promise<void>
}

/** Two of them, paired. */
export interface Network extends AsyncDisposable {
  readonly hotline: Party
  readonly ngo: Party
}

/** Makes them below a directory. */
export async function openNetwork(root: string): Promise<Network> {
  const [hotline, ngo] = await Promise.all([makeParty('hotline', root), makeParty('ngo', root)])
  for (const [one, other] of [
    [hotline, ngo],
    [ngo, hotline],
  ] as const)
    await other.desk.pair((await one.desk.invite()).invite)
  return {
    hotline,
    ngo,
    async [Symbol.asyncDispose]() {
      for (const { desk } of [hotline, ngo]) await desk[Symbol.asyncDispose]()
      for (const { gateway } of [hotline, ngo]) await gateway.drain()
    },
  }
}

/** A referral that is nobody's. */
export function referral() {
  const path = new URL('../../examples/referrals/content-verification.json', import.meta.url)
  return parseReferral(JSON.parse(readFileSync(path, 'utf8')))
}

async function makeParty(name: string, root: string): Promise<Party> {
  const id = `https://${name}.example`
  const directory = join(root, name)
  const at = { gateway: join(directory, 'gateway'), desk: join(directory, 'desk') }
  await initGateway({ directory: at.gateway, organisation: id, listen: '127.0.0.1:0' })
  const gateway = await startGateway(await readConfig(at.gateway))
  const { token } = await gateway.createToken()
  await initDesk({ directory: at.desk, token, name: `${name} (test)`, passphrase: PASSPHRASE })
  const open = () => connect({ directory: at.desk, unlock: async () => PASSPHRASE })
  const { address: listen, enrolAddress: enrolListen } = gateway
  const party: Party = {
    id,
    directory,
    gateway,
    desk: await open(),
    async start() {
      const config = await readConfig(at.gateway)
      const retry = { ...config.retry, minMs: 100, maxMs: 1000 }
      party.gateway = await startGateway({ ...config, retry, listen, enrolListen })
    },
    async open() {
      party.desk = await open()
    },
  }
  return party
}
