// Starts the two parties that the code of the desk guide needs: the reader's gateway, and an NGO that answers. docs/guide/desk.md
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { initDesk } from '@rex/sdk'
import { type DeskProcess, deskProcess } from '../../examples/network/desk.ts'
import { gatewayProcess } from '../../examples/network/gateway.ts'

/** The reader's setup and the other party. All files are in the working directory. */
export interface Parties extends AsyncDisposable {
  /** Passphrase of the reader's desk, which `credentialUnlock('rex-passphrase')` also finds. */
  readonly passphrase: string
  /** Creates an enrolment token for the reader's gateway. */
  token(): Promise<string>
  readonly ngo: Pick<DeskProcess, 'desk' | 'inbox'>
}

/** Starts the gateways of https://hotline.example (the reader) and https://ngo.example, and the desk of the NGO. */
export async function twoParties(): Promise<Parties> {
  const passphrase = randomBytes(16).toString('base64url')
  await writeFile('rex-passphrase', passphrase, { mode: 0o600 })
  process.env.CREDENTIALS_DIRECTORY = process.cwd()

  const own = await gatewayProcess(resolve('hotline-gateway'), 'https://hotline.example')
  const theirs = await gatewayProcess(resolve('ngo-gateway'), 'https://ngo.example')
  const ngo = deskProcess(resolve('ngo'), resolve('rex-passphrase'))
  await Promise.all([own.start(), theirs.start()])
  await initDesk({ directory: 'ngo', token: await theirs.token(), name: 'NGO Example', passphrase })
  await ngo.start()
  return {
    passphrase,
    token: own.token,
    ngo,
    async [Symbol.asyncDispose]() {
      await ngo.stop()
      await Promise.all([own.stop(), theirs.stop()])
    },
  }
}
