// Tests of connecting to a server. docs/spec/delivery.md, "Connections"
import { once } from 'node:events'
import { createServer as createTcpServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { fromHex } from '../../../core/encoding/encoding.ts'
import { fingerprint } from '../../../core/pki/certificate.ts'
import { createClient, waitUntilConnected } from '../../calling/client.ts'
import { openEnrolmentChannel } from '../../calling/enrolment.ts'
import { HealthDefinition } from '../../service/health.ts'
import { a, ask, b, cleanup, closeAll, dial, serve, stranger } from './fixture.ts'

afterEach(closeAll)

test('enrolment needs no client certificate, and pins the authority by its digest', async () => {
  const server = await serve({ peers: undefined as never })
  const authorityDigest = fromHex(fingerprint(a.authority.certificate), 'digest')
  const { channel, organisation } = await openEnrolmentChannel({ address: server.address, authorityDigest })
  cleanup.push(() => channel.close())
  expect(organisation).toBe(a.organisation)
  expect(await createClient(HealthDefinition, channel).check({ service: '' })).toEqual({ status: 1 })
  await expect(ask(channel)).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' })
  const wrong = new Uint8Array(32)
  await expect(
    openEnrolmentChannel({ address: server.address, authorityDigest: wrong }),
  ).rejects.toMatchObject({ reason: 'CERTIFICATE_INVALID' })
})

test('a wait for a connection ends immediately if the attempt fails, with the reason', async () => {
  const server = await serve()
  await waitUntilConnected(dial(server), 5000)
  const message = /not that of its organisation/
  const wrong = { reason: 'UNAVAILABLE', message: expect.stringMatching(message) }
  await expect(
    waitUntilConnected(dial(server, { organisation: b.organisation }), 60_000),
  ).rejects.toMatchObject(wrong)
  await expect(
    waitUntilConnected(dial(server, { authority: stranger.authority.certificate }), 60_000),
  ).rejects.toMatchObject(wrong)
  const nobody = dial({ address: '127.0.0.1:1' })
  await expect(waitUntilConnected(nobody, 60_000)).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  await server.close()
})

test('a wait for a silent server ends in time', async () => {
  const silent = createTcpServer().listen(0, '127.0.0.1')
  cleanup.push(() => silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  const channel = dial({ address: `127.0.0.1:${port}` })
  await expect(waitUntilConnected(channel, 50)).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
})
