// Tests of who may connect to a server. docs/spec/delivery.md, "Connections"
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { parseAddress } from '../../../core/address.ts'
import type { TrustedPeer } from '../../network/peer.ts'
import { contextOptions, type TlsIdentity } from '../../network/tls.ts'
import { testOrganisation } from '../fixture.ts'
import { a, ask, b, closeAll, dial, handshake, isTurnedAway, serve, stranger } from './fixture.ts'

afterEach(closeAll)

test('T-068 TLS 1.2, no certificate, an unknown organisation, another authority, a certificate that signed itself', async () => {
  const refusals: string[] = []
  const server = await serve({ onRefusal: (error) => refusals.push(String(error)) })
  await expect(handshake(server, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })).rejects.toThrow(
    /version|protocol/i,
  )
  await expect(handshake(server, { ciphers: 'TLS_AES_128_CCM_8_SHA256' })).rejects.toThrow(
    /handshake|cipher/i,
  )
  expect(await isTurnedAway(await handshake(server, { key: undefined, cert: undefined }))).toBe(true)
  expect(await isTurnedAway(await handshake(server, {}, stranger.gateway))).toBe(true)
  const impostor = await testOrganisation(b.organisation)
  expect(await isTurnedAway(await handshake(server, {}, impostor.gateway))).toBe(true)
  await expect(ask(dial(server, { identity: impostor.gateway }))).rejects.toMatchObject({
    reason: 'UNAVAILABLE',
  })
  expect(
    await isTurnedAway(await handshake(server, {}, { ...b.authority, authority: b.authority.certificate })),
  ).toBe(true)
  expect(refusals.join()).toMatch(/unsupported protocol.*no certificate.*not paired.*not issued/s)
})

test('T-029 a desk is not admitted as a gateway, and an expired certificate is not admitted', async () => {
  const server = await serve({ peers: [b.trusted('gateway')] })
  await expect(ask(dial(server, { identity: b.desk }))).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  const old = b.issue('gateway', Date.now() - 200 * 86_400_000)
  await expect(ask(dial(server, { identity: old }))).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
})

test('T-031 a peer that is no longer trusted is cut off immediately', async () => {
  const server = await serve()
  const channel = dial(server)
  const sleeping = ask(channel, 'sleep')
  await expect.poll(() => server.connected().length).toBe(1)
  server.setPeers([a.trusted('desk')])
  await expect(sleeping).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  await expect(ask(channel)).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  server.setPeers([b.trusted('gateway')])
  expect(await ask(dial(server))).toBeDefined()
})

test('T-031 a certificate that expires while connected is refused on the next call', async () => {
  let now = Date.now()
  const channel = dial(await serve({ now: () => now }))
  expect(await ask(channel)).toBeDefined()
  now += 91 * 86_400_000
  await expect(ask(channel)).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' })
})

test('T-031 a saved session is not resumed, with the certificate or without', async () => {
  const server = await serve()
  const socket = await handshake(server)
  const [session] = (await once(socket, 'session')) as [Buffer]
  expect((await handshake(server, { session })).isSessionReused()).toBe(false)
  const thief = await handshake(server, { session, key: undefined, cert: undefined })
  expect(thief.isSessionReused()).toBe(false)
  expect(await isTurnedAway(thief)).toBe(true)
})

test('T-028 T-072 the certificate of a server must name the dialled organisation, whatever its address', async () => {
  const server = await serve({ identity: stranger.gateway })
  await expect(ask(dial(server))).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  const { authority } = stranger
  await expect(ask(dial(server, { authority: authority.certificate }))).rejects.toMatchObject({
    reason: 'UNAVAILABLE',
  })
  const right = { authority: authority.certificate, organisation: stranger.organisation }
  expect(await ask(dial(server, right))).toBeDefined()
  const desk = await serve({ identity: a.desk })
  await expect(ask(dial(desk))).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
})

test('T-074 a stranger sees the same answer, whoever is paired and whatever it claims', async () => {
  const impostor = await testOrganisation(b.organisation)
  const seen = async (peers: TrustedPeer[], { certificate, privateKey }: TlsIdentity) => {
    const { address } = await serve({ peers })
    const tcp = connectTcp(parseAddress(address))
    const context = contextOptions({ certificate, privateKey }, [])
    const socket = connectTls({ socket: tcp, ...context, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
    socket.on('error', () => {}).resume()
    await once(tcp, 'close')
    return tcp.bytesRead
  }
  const everybody = [a, b, stranger].flatMap((it) => [it.trusted('gateway'), it.trusted('desk')])
  const bytes = [
    await seen([], impostor.gateway),
    await seen(everybody, impostor.gateway),
    await seen([a.trusted('desk')], stranger.gateway),
    await seen([stranger.trusted('desk')], stranger.gateway),
  ]
  expect(new Set(bytes).size).toBe(1)
})

test('T-069 no ALPN, plain HTTP/2 on the TLS port', async () => {
  const server = await serve()
  expect(await isTurnedAway(await handshake(server, { ALPNProtocols: [] }))).toBe(true)
  await expect(handshake(server, { ALPNProtocols: ['http/1.1'] })).rejects.toThrow()
  const plain = connectTcp(parseAddress(server.address))
  plain.end('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n').resume()
  await once(plain, 'close')
  expect(plain.bytesRead).toBeLessThan(16)
})

test('an authority that is not named after its organisation is reported and left out', async () => {
  const refused: string[] = []
  const shadow = { ...stranger.trusted('gateway'), authority: b.authority.certificate }
  const server = await serve({
    peers: [shadow, b.trusted('gateway')],
    onRefusal: (_, who) => refused.push(who),
  })
  expect(refused).toEqual([stranger.organisation])
  expect(await ask(dial(server))).toBeDefined()
})
