// Organisations on this machine, each with its own gateway and desk, all paired with each other.
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { initDesk } from '@rex/sdk'
import { type DeskProcess, deskProcess, type RemoteDesk } from './desk.ts'
import { type GatewayProcess, gatewayProcess } from './gateway.ts'
import type { Inbox } from './inbox.ts'

/** The fictional organisations of the demo. */
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
  readonly deskProcess: DeskProcess
  /** The desk in `deskProcess`, and its received items. */
  readonly desk: RemoteDesk
  readonly inbox: Inbox
}

/** Creates, starts and pairs organisations, each in a new folder below `directory`. If one fails, stops all. */
export async function startNetwork(directory: string, names: readonly Name[]): Promise<Organisation[]> {
  const attempts = await Promise.allSettled(names.map((name) => startOrganisation(directory, name)))
  const organisations = attempts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  try {
    for (const one of attempts) if (one.status === 'rejected') throw one.reason
    await pairAll(organisations)
    return organisations
  } catch (error) {
    await stopNetwork(organisations)
    throw error
  }
}

/** Stops all processes, desks first. */
export async function stopNetwork(organisations: readonly Organisation[]): Promise<void> {
  await Promise.all(organisations.map(({ deskProcess }) => deskProcess.stop()))
  await Promise.all(organisations.map(({ gateway }) => gateway.stop()))
}

async function startOrganisation(parent: string, name: Name): Promise<Organisation> {
  const { id, name: fullName } = ORGANISATIONS[name]
  const directory = await newFolder(parent, name)
  const passphrase = randomBytes(16).toString('base64url')
  const passphraseFile = join(directory, 'passphrase')
  await writeFile(passphraseFile, passphrase, { mode: 0o600 })
  const gateway = await gatewayProcess(join(directory, 'gateway'), id)
  const deskDirectory = join(directory, 'desk')
  const desk = deskProcess(deskDirectory, passphraseFile)
  try {
    await gateway.start()
    await initDesk({ directory: deskDirectory, token: await gateway.token(), name: fullName, passphrase })
    await desk.start()
  } catch (error) {
    await gateway.stop()
    throw error
  }
  return {
    name,
    id,
    directory,
    passphraseFile,
    gateway,
    deskProcess: desk,
    desk: desk.desk,
    inbox: desk.inbox,
  }
}

async function newFolder(parent: string, name: string): Promise<string> {
  const folder = join(parent, name)
  await mkdir(parent, { recursive: true, mode: 0o700 })
  await mkdir(folder, { mode: 0o700 }).catch((cause) => {
    throw new Error(`${folder} exists. Name another directory, or leave --dir out.`, { cause })
  })
  return folder
}

/** Makes every organisation accept every other's invite. People would compare the six words; the demo omits this step. */
async function pairAll(organisations: readonly Organisation[]): Promise<void> {
  for (const inviting of organisations) {
    const { invite } = await inviting.desk.invite()
    for (const other of organisations) if (other !== inviting) await other.desk.pair(invite)
  }
}
