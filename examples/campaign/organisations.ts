// The two organisations of the campaign, with their gateways and the commands of their programs.
import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect, fileUnlock, initDesk } from '@rex/sdk'
import { programAt } from '../../sdk/src/testing/harness/programs/path.ts'
import { type GatewayProcess, gatewayProcess } from '../network/gateway.ts'
import referral from '../referrals/content-verification.json' with { type: 'json' }
import type { Command } from './kept.ts'

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))
export const APP = fileOf('../web/app.ts')
export const PYTHON = fileOf('../python/rex.py')
export const REFERRAL = fileOf('../referrals/content-verification.json')
export const NODE = [process.execPath, '--disable-warning=ExperimentalWarning'] as const
const PASSPHRASE = 'correct horse battery staple, for this campaign only'

/** An organisation whose gateway runs and whose desk exists. */
export interface Organisation {
  readonly name: string
  readonly id: string
  readonly directory: string
  /** Socket of the organisation's service. */
  readonly socket: string
  readonly gateway: GatewayProcess
}

/** Makes the organisations, and pairs them. People would compare six words by telephone. */
export async function makePair(root: string): Promise<Record<'hotline' | 'safeline', Organisation>> {
  const passphrase = join(root, 'passphrase')
  await writeFile(passphrase, PASSPHRASE, { mode: 0o600 })
  const [hotline, safeline] = await Promise.all([make(root, 'hotline'), make(root, 'safeline')])
  const unlock = fileUnlock(passphrase)
  await using one = await connect({ directory: hotline.directory, unlock })
  await using other = await connect({ directory: safeline.directory, unlock })
  await other.pair((await one.invite()).invite)
  await one.pair((await other.invite()).invite)
  return { hotline, safeline }
}

async function make(root: string, name: string): Promise<Organisation> {
  const id = `https://${name}.example`
  const directory = join(root, `${name}-desk`)
  const gateway = await gatewayProcess(join(root, `${name}-gateway`), id)
  await gateway.start()
  await initDesk({ directory, token: await gateway.token(), name, passphrase: PASSPHRASE })
  return { name, id, directory, socket: join(directory, 'service.sock'), gateway }
}

/** Returns the command of an organisation's service. */
export function serving({ directory }: Organisation, root: string, ...options: readonly string[]): Command {
  const passphrase = join(root, 'passphrase')
  return [
    ...NODE,
    programAt('sdk/bin/rex-desk.js'),
    'serve',
    '--dir',
    directory,
    '--passphrase-file',
    passphrase,
    ...options,
  ]
}

/** Opens a case at one of the workers. Repeats the request until a worker confirms it. */
export async function open(
  sockets: readonly string[],
  { number, to }: { readonly number: string; readonly to: string },
): Promise<void> {
  const body = JSON.stringify({ number, referral, to })
  for (let i = 0; ; i++) {
    const status = await post(sockets[(Number(number) + i) % sockets.length] as string, body)
    if (status === 201) return
    if (status === 422) throw new Error('The referral was refused.')
    await pause(100)
  }
}

/** Returns the status of the answer, or 0 if there is none. */
function post(socketPath: string, body: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = request({ socketPath, method: 'POST', path: '/cases', timeout: 10_000 }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', () => resolve(0))
    sent.on('timeout', () => sent.destroy())
    sent.end(body)
  })
}
