import { EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { RexError } from '../core/error.ts'
import { openChannel } from './channel.ts'
import { createClient } from './client.ts'
import { type TestOrganisation, testOrganisation } from './fixture.ts'
import { type CreateServer, createServer, type Server } from './server.ts'
import { service } from './service.ts'

let a: TestOrganisation
let b: TestOrganisation
const cleanup: (() => unknown)[] = []

beforeAll(async () => {
  ;[a, b] = await Promise.all([testOrganisation('https://a.example'), testOrganisation('https://b.example')])
})
afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close()
})

const echo = service(EntityServiceDefinition, {
  async getEntityConfiguration({ organisation }, { caller }) {
    if (organisation === 'refuse') throw new RexError('EXPIRED', 'Too late.')
    if (organisation === 'fail') throw new Error('secret')
    return { entityConfiguration: `${caller?.uri} ${organisation}` }
  },
})

async function serve(options: Partial<CreateServer> = {}): Promise<Server> {
  const server = await createServer({
    listen: '127.0.0.1:0',
    identity: a.gateway,
    peers: [b.trusted('gateway')],
    services: [echo],
    ...options,
  })
  cleanup.push(() => server.close({ drainMs: 100 }))
  return server
}
function dial(server: Server, options = {}) {
  const channel = openChannel({
    address: server.address,
    organisation: a.organisation,
    authority: a.authority.certificate,
    identity: b.gateway,
    ...options,
  })
  cleanup.push(() => channel.close())
  return channel
}

test('a paired gateway calls and is known by its certificate', async () => {
  const server = await serve()
  const client = createClient(EntityServiceDefinition, dial(server))
  expect(await client.getEntityConfiguration({ organisation: 'x' })).toEqual({
    entityConfiguration: 'https://b.example x',
  })
  await expect(client.getEntityConfiguration({ organisation: 'refuse' })).rejects.toMatchObject({
    reason: 'EXPIRED',
    message: 'Too late.',
  })
  await expect(client.getEntityConfiguration({ organisation: 'fail' })).rejects.toMatchObject({
    reason: 'INTERNAL',
    message: 'Internal error.',
  })
})
