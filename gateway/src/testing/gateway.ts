// Starts gateways in separate directories, each with an enrolled desk. For tests.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { RexError } from '@rex/sdk/core'
import type { TlsIdentity } from '@rex/sdk/transport'
import { systemClock } from '../clock/clock.ts'
import type { Config } from '../config/config.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../gateway.ts'
import { initGateway } from '../init.ts'
import { openKeys } from '../trust/keys.ts'
import { connectDesk, enrol, type GatewayPin, type TestDesk } from './desk.ts'
import { temporaryDirectory } from './directory.ts'

/** A gateway with its desk. */
export interface TestGateway extends AsyncDisposable {
  readonly organisation: string
  readonly directory: string
  readonly pin: GatewayPin
  /** The desk's certificate. */
  readonly identity: TlsIdentity
  config: Config
  gateway: Gateway
  desk: TestDesk
  /** Drains the gateway and starts it again at the same address. The desk reconnects. */
  restart(options?: GatewayOptions): Promise<void>
}

/** Creates and starts a gateway, enrols a desk and publishes its statement. `change` adjusts the configuration. */
export async function testGateway(
  organisation: string,
  options: GatewayOptions & { readonly change?: (config: Config) => Config } = {},
): Promise<TestGateway> {
  const { change = (config: Config) => config } = options
  const directory = temporaryDirectory()
  const made = await initGateway({ directory: directory.path, organisation, listen: '127.0.0.1:0' })
  const config = change(made.config)
  const gateway = await startGateway(config, options)
  const keys = await openKeys({ organisation, directory: join(config.dataDir, 'keys'), clock: systemClock })
  const pin = { organisation, address: gateway.address, authority: keys.authority().certificate }
  const identity = await enrol((await gateway.createToken()).token, pin)
  const desk = connectDesk(pin, identity)
  await desk.publish()
  const self: TestGateway = {
    organisation,
    directory: directory.path,
    pin,
    identity,
    config: { ...config, listen: gateway.address },
    gateway,
    desk,
    async restart(next = options) {
      self.desk.close()
      await self.gateway.drain()
      self.gateway = await whenFree(() => startGateway(self.config, next))
      self.desk = connectDesk(pin, identity, desk.chain)
    },
    async [Symbol.asyncDispose]() {
      self.desk.close()
      await self.gateway.drain()
      directory[Symbol.dispose]()
    },
  }
  return self
}

/** Starts a gateway once its address is free, because another process may have taken the port temporarily. */
async function whenFree(start: () => Promise<Gateway>): Promise<Gateway> {
  for (;;)
    try {
      return await start()
    } catch (error) {
      if (!RexError.is(error, 'ADDRESS_IN_USE')) throw error
      await delay(100)
    }
}

/** Pairs two gateways with each other's statement. */
export async function pair(a: TestGateway, b: TestGateway): Promise<void> {
  const [ofA, ofB] = await Promise.all([statementOf(a), statementOf(b)])
  await Promise.all([a.desk.pair(ofB), b.desk.pair(ofA)])
}

async function statementOf({ desk, organisation }: TestGateway): Promise<string> {
  return (await desk.directory.resolve({ organisation, refresh: false })).entityConfiguration
}
