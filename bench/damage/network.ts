// Two organisations with gateways and desks as separate processes. docs/guide/testing.md, "Damage"
import { join } from 'node:path'
import { initDesk } from '@rex/sdk'
import { initGateway } from '../../gateway/src/gateway.ts'
import { Program } from './program.ts'
import { PASSPHRASE } from './wire.ts'

/** An organisation with its gateway and its desk. */
export interface Party {
  readonly id: string
  readonly gateway: Program
  readonly desk: Program
}

/** Two paired organisations. */
export interface Network extends AsyncDisposable {
  readonly sender: Party
  readonly recipient: Party
  /** Ids of the referrals that the sender has sent and still has. */
  readonly sent: Set<string>
}

/** Creates the network below a directory. Its processes run `file`. */
export async function openNetwork(root: string, file: string): Promise<Network> {
  const sender = await makeParty('hotline', root, file)
  const recipient = await makeParty('ngo', root, file)
  for (const [one, other] of [
    [sender, recipient],
    [recipient, sender],
  ] as const)
    await other.desk.ask('pair', await one.desk.ask('invite'))
  return {
    sender,
    recipient,
    sent: new Set(),
    async [Symbol.asyncDispose]() {
      for (const { desk, gateway } of [sender, recipient]) {
        await desk.end('SIGKILL')
        await gateway.end('SIGKILL')
      }
    },
  }
}

async function makeParty(name: string, root: string, file: string): Promise<Party> {
  const id = `https://${name}.example`
  const [at, deskAt] = [join(root, name, 'gateway'), join(root, name, 'desk')]
  await initGateway({ directory: at, organisation: id, listen: '127.0.0.1:0' })
  const gateway = new Program(file, 'gateway', join(at, 'store.sqlite'))
  const { token = '' } = await gateway.mustStart()
  await initDesk({ directory: deskAt, token, name: `${name} (test)`, passphrase: PASSPHRASE })
  const desk = new Program(file, 'desk', join(deskAt, 'desk.db'))
  await desk.mustStart()
  return { id, gateway, desk }
}
