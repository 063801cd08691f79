// Runs two paired gateways on the hosts of a packet network, with their desks in this process. For tests.
import { join } from 'node:path'
import { askGateway } from '../../cli/operator.ts'
import { systemClock } from '../../clock/clock.ts'
import { initGateway } from '../../init.ts'
import { writeSecret } from '../../trust/files.ts'
import { openKeys } from '../../trust/keys.ts'
import { connectDesk, enrol, type TestDesk } from '../desk.ts'
import { temporaryDirectory } from '../directory.ts'
import { start } from '../process.ts'
import type { PacketNetwork } from './packets.ts'

const PORT = 7443
const LATER_MS = 1000

/** A gateway on a host. */
interface HostedGateway {
  readonly organisation: string
  readonly directory: string
  readonly desk: TestDesk
}

/** Starts and pairs both gateways with default settings. */
export async function hostedGateways(
  network: PacketNetwork,
  organisations: readonly [string, string],
): Promise<AsyncDisposable & { readonly gateways: readonly [HostedGateway, HostedGateway] }> {
  await using undo = new AsyncDisposableStack()
  const [a, b] = [await host(0), await host(1)]
  await a.desk.pair(b.statement)
  await b.desk.pair(a.statement)
  const owned = undo.move()
  return { gateways: [a, b], [Symbol.asyncDispose]: () => owned.disposeAsync() }

  async function host(side: 0 | 1) {
    const organisation = organisations[side]
    const directory = undo.use(temporaryDirectory()).path
    const listen = `0.0.0.0:${PORT}`
    const near = network.near[side]
    const { config } = await initGateway({ directory, organisation, listen, endpoint: `${near}:${PORT}` })
    const content = {
      organisation,
      listen,
      endpoints: [`${near}:${PORT}`],
      enrolListen: `${near}:${PORT + 1}`,
    }
    await writeSecret(join(directory, 'gateway.json'), JSON.stringify(content))
    undo.use(await start(directory, network.on[side]))
    const keys = await openKeys({
      organisation,
      directory: join(config.dataDir, 'keys'),
      clock: systemClock,
    })
    const pin = { organisation, address: `${near}:${PORT}`, authority: keys.authority().certificate }
    const { token } = await askGateway(directory, (gateway) => gateway.createToken({ name: '' }))
    const desk = connectDesk(pin, await enrol(token, pin))
    undo.defer(() => desk.close())
    const statement = await desk.publish([`${network.between[side]}:${PORT}`], Date.now() + LATER_MS)
    return { organisation, directory, desk, statement }
  }
}
