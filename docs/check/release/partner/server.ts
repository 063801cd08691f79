// A server with its own gateway and desk, bundled into one file. It enrols, starts and stops.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initGateway, startGateway } from '@rex/gateway'
import { connect, initDesk } from '@rex/sdk'

const root = mkdtempSync(join(tmpdir(), 'rex-bundle-'))
const directory = join(root, 'desk')
const passphrase = 'four quiet words for a test'
const { config } = await initGateway({
  directory: join(root, 'gateway'),
  organisation: 'https://ngo.example',
  listen: '127.0.0.1:0',
})
const gateway = await startGateway(config)
const { token } = await gateway.createToken()
await initDesk({ directory, token, name: 'NGO', passphrase })
const desk = await connect({ directory, unlock: async () => passphrase })
await desk.caughtUp()
console.log(`partner: the bundle runs the desk of ${desk.organisation}`)
await desk[Symbol.asyncDispose]()
await gateway.drain()
rmSync(root, { recursive: true })
