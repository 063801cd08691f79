// Three organisations on this machine, each with a gateway and a desk of its own, paired with each other.
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { initDesk } from '@rex/sdk'
import { type DeskProcess, deskProcess } from './desk.ts'
import { type GatewayProcess, gatewayProcess } from './gateway.ts'

/** The organisations of the demo. Fictional. */
export const ORGANISATIONS = {
  hotline: { id: 'https://hotline.example', name: 'Hotline (test)' },
  safeline: { id: 'https://safeline.example', name: 'Safeline, victim support and hotline (test)' },
  police: { id: 'https://police.example', name: 'Police, cyber unit (test)' },
} as const

/** Short name of an organisation. */
export type Name = keyof typeof ORGANISATIONS

/** An organisation of the demo. */
export interface Organisation {
  readonly name: Name
  readonly id: string
  readonly directory: string
  readonly passphraseFile: string
  readonly gateway: GatewayProcess
  readonly desk: DeskProcess
}

/** The running network. */
export type Network = Readonly<Record<Name, Organisation>>

/** Makes, starts and pairs the three organisations below `directory`. */
export async function startNetwork(directory: string): Promise<Network> {
  const names = Object.keys(ORGANISATIONS) as Name[]
  const organisations = await Promise.all(names.map((name) => startOrganisation(join(directory, name), name)))
  await pairAll(organisations)
  return Object.fromEntries(
    organisations.map((organisation) => [organisation.name, organisation]),
  ) as unknown as Network
}

/** Stops all processes, desks first. */
export async function stopNetwork(network: Network): Promise<void> {
  const organisations = Object.values(network)
  await Promise.all(organisations.map(({ desk }) => desk.stop()))
  await Promise.all(organisations.map(({ gateway }) => gateway.stop()))
}

async function startOrganisation(directory: string, name: Name): Promise<Organisation> {
  const { id, name: fullName } = ORGANISATIONS[name]
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const passphrase = randomBytes(16).toString('base64url')
  const passphraseFile = join(directory, 'passphrase')
  await writeFile(passphraseFile, passphrase, { mode: 0o600 })
  const gateway = await gatewayProcess(join(directory, 'gateway'), id)
  await gateway.start()
  const deskDirectory = join(directory, 'desk')
  await initDesk({ directory: deskDirectory, token: await gateway.token(), name: fullName, passphrase })
  const desk = deskProcess(deskDirectory, passphraseFile)
  await desk.start()
  return { name, id, directory, passphraseFile, gateway, desk }
}

/** Every organisation takes the invite of every other one. People compare the six words; the demo only shows them. */
async function pairAll(organisations: readonly Organisation[]): Promise<void> {
  for (const inviting of organisations) {
    const { invite } = await inviting.desk.desk<{ invite: string }>('invite')
    for (const other of organisations) if (other !== inviting) await other.desk.desk('pair', invite)
  }
}
