// The program in a separate process that can be killed: it runs a gateway, or a desk that answers calls of the campaign. docs/guide/testing.md, "Damage"
import { connect, type Desk } from '@rex/sdk'
import { RexError } from '@rex/sdk/core'
import { createLog, readConfig, startGateway } from '../../gateway/src/gateway.ts'
import { type Answer, type Ask, PASSPHRASE, type Place, referral } from './wire.ts'

const [kind, directory, listen, enrolListen] = process.argv.slice(2) as [Place, string, string?, string?]
process.removeAllListeners('warning')
process.once('disconnect', () => process.exit(0))

try {
  if (kind === 'gateway') await runGateway()
  else await runDesk()
} catch (error) {
  const { reason, message } = RexError.from(error)
  tell({ refused: { reason, message } })
  process.exitCode = 1
  process.disconnect()
}

async function runGateway(): Promise<void> {
  const config = await readConfig(directory)
  const retry = { ...config.retry, minMs: 100, maxMs: 1000 }
  const addresses = {
    ...(listen !== undefined && { listen }),
    ...(enrolListen !== undefined && { enrolListen }),
  }
  const log = createLog({ level: 'info' })
  const gateway = await startGateway({ ...config, retry, ...addresses }, { log })
  void gateway.failed.then(() => process.exit(1))
  process.once('SIGTERM', () => void gateway.drain().then(() => process.exit(0)))
  const { token } = await gateway.createToken()
  tell({ ready: { token, address: gateway.address, enrolAddress: gateway.enrolAddress } })
}

async function runDesk(): Promise<void> {
  const desk = await connect({
    directory,
    unlock: async () => PASSPHRASE,
    log: ({ message, fields }) => console.log(message, JSON.stringify(fields)),
  })
  process.once('SIGTERM', () => void desk[Symbol.asyncDispose]().then(() => process.exit(0)))
  process.on('message', (ask: Ask) => void answer(desk, ask))
  void read(desk).catch(() => process.exit(1))
  tell({ ready: {} })
}

/** Reads items as an application does, until the desk fails. The campaign then restarts the process. */
async function read(desk: Desk): Promise<void> {
  for await (const item of desk.receive()) await item.ack()
}

async function answer(desk: Desk, { call, verb, arg }: Ask): Promise<void> {
  try {
    tell({ call, result: await VERBS[verb](desk, arg) })
  } catch (error) {
    tell({ call, error: RexError.from(error).reason })
  }
}

const VERBS: Readonly<Record<Ask['verb'], (desk: Desk, arg: string) => Promise<unknown>>> = {
  caughtUp: (desk) => desk.caughtUp(),
  invite: async (desk) => (await desk.invite()).invite,
  pair: async (desk, invite) => void (await desk.pair(invite)),
  send: async (desk, to) => (await desk.send(referral(), { to })).id,
  delivery: async (desk, id) => (await (await desk.thread(id)).view()).delivery[0]?.state,
  state: async (desk, id) => (await (await desk.thread(id)).view()).state,
  problems: async (desk) => (await desk.health()).problems.map(({ code }) => code),
}

function tell(message: Answer): void {
  process.send?.(message)
}
