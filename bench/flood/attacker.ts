// The attacker, in a separate process, acts as a malicious peer and as clients without a certificate. docs/guide/benchmark.md, "Floods"

import { randomBytes } from 'node:crypto'
import { setPriority } from 'node:os'
import { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { localSigner, parseEntityConfiguration, signEntityConfiguration, toBase64url } from '@rex/sdk/core'
import { createServer, service } from '@rex/sdk/transport'
import { type TestOrganisation, testOrganisation } from '../../sdk/src/transport/tests/fixture.ts'
import { serve } from '../measure/child.ts'
import { COSTLY } from './costly.ts'
import { ATTACKER, FLOODS, type Target, unasked } from './floods.ts'
import { FURTHER } from './further.ts'

const YEAR = 365 * 86_400_000
const LOWEST_PRIORITY = 19

const ALL = { ...FLOODS, ...COSTLY, ...FURTHER }

/** Name of a flood. */
export type FloodName = keyof typeof ALL

/** A flood and its target. */
interface Flood extends Pick<Target, 'organisation' | 'address' | 'enrolAddress'> {
  readonly name: FloodName
}

let attacker: TestOrganisation
let running: { readonly stop: AbortController; readonly ended: Promise<number> } | undefined

const role = {
  /** Creates the organisation. Its gateway greets, and later sends unrequested outcomes. Returns the organisation's statement. */
  async start(victim: string): Promise<string> {
    setPriority(LOWEST_PRIORITY)
    attacker = await testOrganisation(ATTACKER)
    const { organisation, party } = parseEntityConfiguration(victim)
    const server = await createServer({
      listen: '127.0.0.1:0',
      identity: attacker.gateway,
      peers: [{ organisation, usage: 'gateway', authority: party.gateway.authority }],
      services: [service(DeliveryServiceDefinition, { deliver: unasked })],
    })
    return statement(server.address)
  },
  /** Starts a flood. */
  flood({ name, ...victim }: Flood): void {
    const stop = new AbortController()
    const target = { ...victim, identity: attacker.gateway, sender: ATTACKER, signal: stop.signal }
    running = { stop, ended: ALL[name](target) }
  },
  /** Stops the flood. Returns the number of acts, in the flood's own unit. */
  async stop(_: undefined): Promise<number> {
    running?.stop.abort()
    return (await running?.ended) ?? 0
  },
}

export type AttackerRole = typeof role

function statement(endpoint: string): Promise<string> {
  const issuedMs = Date.now()
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64url(randomBytes(32)) } as const
  const { certificate } = attacker.authority
  return signEntityConfiguration(
    {
      organisation: ATTACKER as never,
      name: 'The attacker',
      issuedMs,
      expiresMs: issuedMs + YEAR,
      party: {
        versions: [1],
        suites: ['REX-2', 'REX-1'],
        messageKeys: [],
        epochs: [],
        gateway: {
          endpoints: [endpoint],
          authority: certificate,
          receiptKeys: [{ jwk, notBeforeMs: 0, expiresMs: issuedMs + YEAR }],
        },
        codeLists: {},
      },
    },
    localSigner(randomBytes(32)),
  )
}

serve(role)
