// Makes organisations with real gateways and desks in one process.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Config, type Gateway, initGateway, readConfig, startGateway } from '@rex/gateway'
import { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import { afterAll, beforeAll } from 'vitest'
import { RexError } from '../../../core/error.ts'
import { parseReferral, type Referral } from '../../../core/referral/index.ts'
import { openLocalChannel } from '../../../transport/calling/channel.ts'
import { createClient } from '../../../transport/calling/client.ts'
import type { Desk } from '../../api/desk.ts'
import type { Item } from '../../api/items.ts'
import { connect } from '../../connect.ts'
import { initDesk } from '../../init.ts'
import { type Keys, openKeystore, writeKeystore } from '../../keys/keystore.ts'

export const PASSPHRASE = 'correct horse battery staple'

/** An organisation with its gateway and its open desk. */
export interface Party {
  readonly id: string
  readonly directory: string
  gateway: Gateway
  desk: Desk
}

/**
 * Before all tests of a file, makes organisations in a temporary directory, pairs them with each other, and passes them to the test. After the tests,
 * closes and removes everything. `log` receives the desks' log lines. Returns the directory.
 */
export function withParties(
  names: readonly string[],
  take: (made: Party[]) => unknown,
  log?: (line: string) => void,
): string {
  const root = mkdtempSync(join(tmpdir(), 'rex-parties-'))
  let all: Party[] = []
  beforeAll(async () => {
    all = await parties(root, names, log)
    await take(all)
  })
  afterAll(async () => {
    await closeAll(all)
    rmSync(root, { recursive: true, force: true })
  })
  return root
}

/** Makes organisations below a directory and pairs them with each other. `log` receives the desks' log lines. */
export async function parties(
  root: string,
  names: readonly string[],
  log: (line: string) => void = () => {},
): Promise<Party[]> {
  const made = await Promise.all(names.map((name) => makeParty(name, join(root, name), log)))
  for (const inviting of made) {
    const { invite } = await inviting.desk.invite()
    for (const other of made) if (other !== inviting) await other.desk.pair(invite)
  }
  return made
}

async function makeParty(name: string, directory: string, log: (line: string) => void): Promise<Party> {
  const id = `https://${name}.example`
  const { config } = await initGateway({
    directory: join(directory, 'gateway'),
    organisation: id,
    listen: '127.0.0.1:0',
  })
  const gateway = await startGateway(config)
  const { token } = await gateway.createToken()
  await initDesk({
    directory: join(directory, 'desk'),
    token,
    name: `${name} (test)`,
    passphrase: PASSPHRASE,
  })
  return { id, directory, gateway, desk: await openAgain(directory, log) }
}

/** Opens the desk of a party's directory. */
export function openAgain(directory: string, log: (line: string) => void = () => {}): Promise<Desk> {
  return connect({
    directory: join(directory, 'desk'),
    unlock: async () => PASSPHRASE,
    log: (entry) => log(JSON.stringify(entry)),
  })
}

/**
 * Starts the gateway of a party, or of another directory, at the same addresses as before. Retries, because another process may temporarily have
 * taken a port.
 */
export async function startAgain(
  party: Party,
  change: (config: Config) => Partial<Config> = () => ({}),
  directory = join(party.directory, 'gateway'),
): Promise<void> {
  const { address: listen, enrolAddress: enrolListen } = party.gateway
  const config = await readConfig(directory)
  const start = () => startGateway({ ...config, ...change(config), listen, enrolListen })
  party.gateway = await whenFree(start)
}

/** Starts a gateway once its addresses are free. */
export async function whenFree(start: () => Promise<Gateway>): Promise<Gateway> {
  for (;;)
    try {
      return await start()
    } catch (error) {
      if (!RexError.is(error, 'ADDRESS_IN_USE')) throw error
      await delay(100)
    }
}

/** Returns gateway settings with short retry intervals. */
export const retryingSoon = ({ retry }: Config): Partial<Config> => ({
  retry: { ...retry, minMs: 100, maxMs: 1000 },
})

/** Revokes every desk credential of a gateway, as its operator would. */
export async function revokeAll({ adminSocket }: Gateway): Promise<void> {
  const channel = openLocalChannel(adminSocket)
  const operator = createClient(AdminServiceDefinition, channel)
  const { desks } = await operator.listDesks({})
  for (const { credential } of desks) await operator.revokeDesk({ credential })
  channel.close()
}

/** Closes the desk, changes its keys, and opens it again. */
export async function changeKeys(
  party: Party,
  change: (keys: Keys) => Partial<Keys>,
  log?: (line: string) => void,
): Promise<void> {
  await party.desk[Symbol.asyncDispose]()
  const directory = join(party.directory, 'desk')
  const keys = await openKeystore(directory, PASSPHRASE)
  await writeKeystore(directory, { ...keys, ...change(keys) }, PASSPHRASE)
  party.desk = await openAgain(party.directory, log)
}

/** Closes desks and gateways. */
export async function closeAll(all: readonly Party[]): Promise<void> {
  for (const { desk } of all) await desk[Symbol.asyncDispose]()
  for (const { gateway } of all) await gateway.drain()
}

/** Returns one of the example referrals. */
export function example(name: string): Referral {
  const path = new URL(`../../../../../examples/referrals/${name}.json`, import.meta.url)
  return parseReferral(JSON.parse(readFileSync(path, 'utf8')))
}

/** Returns the next matching item. Acknowledges all items before it. */
export async function next(desk: Desk, fits: (item: Item) => boolean): Promise<Item> {
  for await (const item of desk.receive({ concurrency: 8 })) {
    await item.ack()
    if (fits(item)) return item
  }
  throw new Error('The feed ended.')
}

export const referralOf = (id: string) => (item: Item) => item.kind === 'referral' && item.thread.id === id
export const eventOf = (id: string, type: string) => (item: Item) =>
  item.kind === 'event' && item.thread.id === id && item.event.type === type
export const alarmOf = (id: string, alarm: string) => (item: Item) =>
  item.kind === 'alarm' && item.thread.id === id && item.alarm === alarm
