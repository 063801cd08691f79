import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseEnvelope, parseStoredReceipt, toHex } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { askGateway } from '../cli/operator.ts'
import { systemClock } from '../clock/clock.ts'
import { initGateway } from '../init.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { connectDesk, enrol } from '../testing/desk.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { testSubmission } from '../testing/envelope.ts'
import { testGateway } from '../testing/gateway.ts'
import { start } from '../testing/process.ts'
import { writeSecret } from '../trust/files.ts'
import { openKeys } from '../trust/keys.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const KILLS = 4
const ENVELOPES = 40

/** Starts a gateway in a separate process on a fixed port. Returns it with its pin and the desk's certificate. */
async function ngoProcess(directory: string) {
  const { config } = await initGateway({ directory, organisation: NGO, listen: '127.0.0.1:0' })
  const first = await start(directory)
  const content = JSON.stringify({ organisation: NGO, listen: first.address, enrolListen: '127.0.0.1:0' })
  await writeSecret(join(directory, 'gateway.json'), content)
  const keys = await openKeys({
    organisation: NGO,
    directory: join(config.dataDir, 'keys'),
    clock: systemClock,
  })
  const pin = { organisation: NGO, address: first.address, authority: keys.authority().certificate }
  return { first, pin, directory }
}

test('T-075 SIGKILL of the receiving gateway neither loses nor doubles an acknowledged envelope', async () => {
  await using a = await testGateway(HOTLINE, {
    change: (config) => ({ ...config, retry: { ...config.retry, minMs: 20, maxMs: 100 } }),
  })
  using directory = temporaryDirectory()
  const { first, pin } = await ngoProcess(directory.path)
  const identity = await enrol(
    (await askGateway(directory.path, (gateway) => gateway.createToken({ name: '' }))).token,
    pin,
  )
  const desk = connectDesk(pin, identity)
  await desk.publish()
  await a.desk.pair((await desk.directory.resolve({ organisation: NGO, refresh: false })).entityConfiguration)
  await desk.pair(
    (await a.desk.directory.resolve({ organisation: HOTLINE, refresh: false })).entityConfiguration,
  )
  desk.close()

  const fence = await a.desk.lease()
  const outbox = await a.desk.submit(fence)
  const reports = a.desk.receive(fence)
  const acknowledged = new Map<string, string>()
  let running = first
  for (let kill = 0; kill < KILLS; kill++) {
    for (let i = 0; i < ENVELOPES; i++) void outbox.send(testSubmission({ sender: HOTLINE, recipient: NGO }))
    for (let i = 0; i <= kill; i++) remember(await reports.until('report'))
    await running.kill('SIGKILL')
    running = await start(directory.path)
  }
  while (acknowledged.size < KILLS * ENVELOPES) remember(await reports.until('report'))

  const after = connectDesk(pin, identity, desk.chain)
  const inbox = after.receive(await after.lease(true), 1024)
  const stored = new Map<string, string>()
  for (;;) {
    const { content, cursor } = await inbox.next()
    if (content?.$case === 'live') break
    if (content?.$case !== 'stored') continue
    const { routing } = parseEnvelope(content.value.envelope)
    const id = toHex(routing.envelopeId)
    expect(stored.has(id)).toBe(false)
    stored.set(id, toHex(content.value.receipt?.signature ?? new Uint8Array()))
    inbox.settle([cursor])
  }
  expect(stored).toEqual(acknowledged)
  after.close()
  await running.kill('SIGKILL')

  function remember({ content, cursor }: Awaited<ReturnType<typeof reports.until>>) {
    if (content?.$case !== 'report' || content.value.outcome?.$case !== 'stored')
      throw new Error('not stored')
    const id = toHex(content.value.envelopeId)
    expect(acknowledged.has(id)).toBe(false)
    expect(toHex(parseStoredReceipt(content.value.outcome.value).receipt.envelopeId)).toBe(id)
    acknowledged.set(id, toHex(content.value.outcome.value.signature))
    reports.settle([cursor])
  }
}, 200_000)

/** Options of strace that make every flush fail. */
const FAILING_FLUSHES = ['-f', '-o', '/dev/null', '-e', 'inject=fsync,fdatasync:error=EIO']

/** Makes every flush of a running gateway fail from now on. */
async function failFlushes({ pid }: { readonly pid: number }): Promise<void> {
  const strace = spawn('strace', [...FAILING_FLUSHES, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let report = ''
  await new Promise<void>((resolve, reject) => {
    strace.once('exit', () => reject(new Error(report)))
    strace.stderr.on('data', (chunk) => {
      report += String(chunk)
      if (report.includes(' attached')) resolve()
    })
  })
}

const strace = spawnSync('strace', ['-V']).status === 0

test.skipIf(!strace)(
  'T-077 a failing disk stops the gateway: it acknowledges nothing more, and recovers cleanly',
  async () => {
    using directory = temporaryDirectory()
    const { first, pin } = await ngoProcess(directory.path)
    await first.kill('SIGTERM')
    await expect(start(directory.path, ['strace', ...FAILING_FLUSHES])).rejects.toThrow(
      'The store can no longer be read',
    )
    const failing = await start(directory.path)
    await failFlushes(failing)
    await expect(
      askGateway(directory.path, (gateway) => gateway.createToken({ name: '' })),
    ).rejects.toMatchObject({
      retryable: true,
    })
    const { code, err } = await failing.ended
    expect(code).toBe(1)
    expect(err).toContain('The store can no longer be read or written.')
    const again = await start(directory.path)
    expect(
      (await askGateway(directory.path, (gateway) => gateway.createToken({ name: '' }))).token,
    ).toContain('rex-token-')
    await again.kill('SIGTERM')
    expect(pin.address).toBe(again.address)
    await openSqliteStore(join(directory.path, 'store.sqlite'))[Symbol.asyncDispose]()
  },
)
