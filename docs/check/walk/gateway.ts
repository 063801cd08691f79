// Sends envelopes through the recipient's gateway under coverage, from the Deliver stream until the desk has them. Prints the source files
// in which a function runs for every envelope, one per line. Sender and desk run in a separate thread.
import { once } from 'node:events'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { systemClock } from '../../../gateway/src/clock/clock.ts'
import { startGateway } from '../../../gateway/src/gateway.ts'
import { initGateway } from '../../../gateway/src/init.ts'
import { connectDesk, enrol, type GatewayPin } from '../../../gateway/src/testing/desk.ts'
import { temporaryDirectory } from '../../../gateway/src/testing/directory.ts'
import { testSubmission } from '../../../gateway/src/testing/envelope.ts'
import { testGateway } from '../../../gateway/src/testing/gateway.ts'
import { openKeys } from '../../../gateway/src/trust/keys.ts'
import { ran, startCoverage } from './coverage.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
/** Number of walks. A timer of the gateway may fire during one walk, but not during all of them. */
const WALKS = 3

if (isMainThread) await recipient()
else await others(parentPort as NonNullable<typeof parentPort>)

/** The gateway that is measured. */
async function recipient(): Promise<void> {
  using directory = temporaryDirectory()
  const { config } = await initGateway({
    directory: directory.path,
    organisation: NGO,
    listen: '127.0.0.1:0',
  })
  const gateway = await startGateway(config)
  const keys = await openKeys({
    organisation: NGO,
    directory: join(config.dataDir, 'keys'),
    clock: systemClock,
  })
  const pin = { organisation: NGO, address: gateway.address, authority: keys.authority().certificate }
  const thread = new Worker(new URL(import.meta.url), { execArgv: process.execArgv })
  thread.postMessage({ token: (await gateway.createToken()).token, pin })
  await once(thread, 'message')
  startCoverage()
  const walks: Set<string>[] = []
  while (walks.length < WALKS) {
    ran()
    thread.postMessage('walk')
    await once(thread, 'message')
    walks.push(new Set(ran()))
  }
  const [first, ...rest] = walks as [Set<string>, ...Set<string>[]]
  console.log(
    rest
      .reduce((files, walk) => files.intersection(walk), first)
      .values()
      .toArray()
      .sort()
      .join('\n'),
  )
  await thread.terminate()
  await gateway.drain()
}

/** Runs the recipient's desk, and a gateway that sends to it. */
async function others(port: NonNullable<typeof parentPort>): Promise<void> {
  const [{ token, pin }] = (await once(port, 'message')) as [{ token: string; pin: GatewayPin }]
  const desk = connectDesk(pin, await enrol(token, pin))
  const hotline = await testGateway(HOTLINE)
  await hotline.desk.pair(await desk.publish())
  await desk.pair(await hotline.desk.publish())
  const outbox = await hotline.desk.submit(await hotline.desk.lease())
  const inbox = desk.receive(await desk.lease())
  const walk = async () => {
    await outbox.send(testSubmission({ sender: HOTLINE, recipient: NGO }))
    const { cursor } = await inbox.until('stored')
    return () => inbox.settle([cursor])
  }
  // Ignore the first envelope, because it waits for the link.
  const settle = await walk()
  settle()
  port.postMessage('ready')
  for (;;) {
    await once(port, 'message')
    const settleIt = await walk()
    port.postMessage('walked')
    settleIt()
  }
}
