// Tests of enrolment while unknown clients send invented tokens.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:tls'
import { EnrolRequest } from '@rex/proto/mailbox/v1/mailbox'
import { encode } from '@rex/sdk/core'
import { parseAddress } from '@rex/sdk/transport'
import { expect, test } from 'vitest'
import { enrol } from '../testing/desk.ts'
import { testGateway } from '../testing/gateway.ts'

const ENROL = '/rex.mailbox.v1.EnrolmentService/Enrol'
const UNAUTHENTICATED = '16'
const RESOURCE_EXHAUSTED = '8'

/** Enrols with junk from an address. Returns the gRPC status of each attempt that was answered. */
async function enrolWithJunk(address: string, localAddress: string, times: number): Promise<string[]> {
  const options = { ...parseAddress(address), localAddress, rejectUnauthorized: false }
  const socket = connect({ ...options, ALPNProtocols: ['h2'] })
  await once(socket, 'secureConnect')
  const session = connectHttp2('https://gateway.example', { createConnection: () => socket })
  session.on('error', () => {})
  const statuses: string[] = []
  const message = Buffer.from(encode(EnrolRequest, junk()))
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  for (let i = 0; i < times; i++) {
    const stream = session.request({ ':method': 'POST', ':path': ENROL, 'content-type': 'application/grpc' })
    stream.on('error', () => {})
    stream.end(Buffer.concat([prefix, message]))
    const [headers] = (await once(stream, 'response')) as [Record<string, string>]
    statuses.push(String(headers['grpc-status']))
    stream.resume()
  }
  session.destroy()
  return statuses
}

function junk(): EnrolRequest {
  return { ...EnrolRequest.decode(new Uint8Array()), secret: randomBytes(16) }
}

// Skip other systems, because only Linux has more than one loopback address by default.
test.skipIf(process.platform !== 'linux')(
  'T-133 REX-DLV-105 junk enrolments are refused, and a real token enrols at once',
  async () => {
    await using gateway = await testGateway('https://hotline.example')
    const { token } = await gateway.gateway.createToken()
    const junkFrom = (host: string) => enrolWithJunk(gateway.gateway.enrolAddress, host, 30)
    const statuses = await Promise.all(['127.0.0.2', '127.0.0.3', '127.0.0.4'].map(junkFrom))
    for (const each of statuses) {
      expect(each.slice(0, 20)).toEqual(Array(20).fill(UNAUTHENTICATED))
      expect(each.at(-1)).toBe(RESOURCE_EXHAUSTED)
    }
    expect(await enrol(token, gateway.pin)).toMatchObject({ authority: gateway.pin.authority })
  },
)
