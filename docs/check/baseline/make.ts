// `npm run baseline`: creates the stores of two organisations, with mail in every queue, and their backups.
// docs/adr/0046-version-1-has-a-baseline.md
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Gateway, initGateway, startGateway } from '@rex/gateway'
import { connect, type Desk, initDesk, type Thread } from '@rex/sdk'
import { backupGateway } from '../../../gateway/src/backup/backup.ts'
import { makeKit } from '../../../gateway/src/backup/kit.ts'
import { buildReferral } from '../../../sdk/src/testing/referral.ts'
import { type Made, STORES } from './stores.ts'

const PASSPHRASE = 'four quiet words for a test'

interface Party {
  readonly directory: string
  readonly gateway: Gateway
  readonly desk: Desk
  readonly kit: readonly string[]
}

const open = (directory: string) => connect({ directory, unlock: async () => PASSPHRASE })

async function makeParty(root: string, name: string): Promise<Party> {
  const directory = join(root, name)
  const place = { directory: join(directory, 'gateway'), organisation: `https://${name}.example` }
  const { config } = await initGateway({ ...place, listen: '127.0.0.1:0' })
  const gateway = await startGateway(config)
  const { token } = await gateway.createToken()
  const desk = { directory: join(directory, 'desk'), passphrase: PASSPHRASE }
  const { kit } = await initDesk({ ...desk, token, name: `${name} (test)` })
  return { directory, gateway, kit, desk: await open(desk.directory) }
}

/** Waits until the delivery of a thread's `refer` event has reached a state. */
async function until(thread: Thread, state: string): Promise<void> {
  const { delivery } = await thread.view()
  if (delivery[0]?.state === state) return
  await sleep(50)
  await until(thread, state)
}

async function make(root: string): Promise<void> {
  const [hotline, ngo] = [await makeParty(root, 'hotline'), await makeParty(root, 'ngo')]
  await hotline.desk.pair((await ngo.desk.invite()).invite)
  await ngo.desk.pair((await hotline.desk.invite()).invite)
  const send = (ref: string) => hotline.desk.send(buildReferral(), { to: ngo.desk.organisation, ref })

  const answered = await send('answered')
  for await (const item of ngo.desk.receive()) {
    if (item.kind !== 'referral') throw new Error(item.kind)
    await item.thread.accept()
    await item.ack()
    break
  }
  for await (const item of hotline.desk.receive()) {
    await item.ack()
    break
  }
  await ngo.desk[Symbol.asyncDispose]()
  await until(await send('in the mailbox'), 'stored')
  await ngo.gateway.drain()
  await until(await send('at the own gateway'), 'submitted')
  await hotline.gateway.drain()
  await send('at the desk')
  await writeFile(join(root, 'evidence.rex'), await answered.export())
  await hotline.desk.backup({ file: join(root, 'desk.backup') })
  await hotline.desk[Symbol.asyncDispose]()

  const gatewayKit: string[] = []
  const gateway = join(ngo.directory, 'gateway')
  await makeKit({ dataDir: gateway }, { keep: async (words) => void gatewayKit.push(...words) })
  await backupGateway({ directory: gateway, file: join(root, 'gateway.backup') })
  const made: Made = {
    madeMs: Date.now(),
    passphrase: PASSPHRASE,
    kit: hotline.kit,
    gatewayKit,
    thread: answered.id,
  }
  await writeFile(join(root, 'made.json'), `${JSON.stringify(made)}\n`)
}

const root = await mkdtemp(join(tmpdir(), 'rex-baseline-'))
try {
  await make(root)
  execFileSync('tar', ['--sort=name', '--owner=0', '--group=0', '-czf', STORES, '-C', root, '.'])
} finally {
  await rm(root, { recursive: true })
}
