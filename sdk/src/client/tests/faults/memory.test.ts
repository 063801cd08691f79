// T-079: a desk whose process runs out of memory exits with an error, opens again undamaged, and has neither lost nor duplicated anything.
// docs/guide/desk.md, "The desk store"
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
import { example, openAgain, PASSPHRASE, type Party, withParties } from '../harness/parties.ts'

const mayLimit = spawnSync('prlimit', ['--version']).status === 0
let hotline: Party
let ngo: Party
withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

/** Memory that a program allocates while it sends: objects on V8's heap, or buffers outside it. */
const HOARD = {
  heap: 'Array.from({ length: 20_000 }, (_, n) => ({ n, i }))',
  buffers: 'Buffer.alloc(4 * 1024 ** 2, 1)',
} as const

/** Returns a program that sends and allocates until memory runs out. It prints the key and the thread of each send that resolved. */
function program(hoard: string): string {
  const client = new URL('../../index.ts', import.meta.url)
  return `
    import { writeSync } from 'node:fs'
    import { setImmediate } from 'node:timers/promises'
    import { connect } from ${JSON.stringify(client)}
    const [directory, to, referral, run] = process.argv.slice(1)
    const desk = await connect({ directory, unlock: async () => ${JSON.stringify(PASSPHRASE)} })
    await desk.caughtUp()
    writeSync(1, 'open\\n')
    await new Promise((resolve) => process.stdin.once('data', resolve))
    const hoarded = []
    for (let i = 0; ; i++) {
      const key = run + ' ' + i
      void desk.send(JSON.parse(referral), { to, key }).then(
        ({ id }) => writeSync(1, key + '=' + id + '\\n'),
        () => {},
      )
      hoarded.push(${hoard})
      if (i % 4 === 0) await setImmediate()
    }
  `
}

async function exhausted(
  run: keyof typeof HOARD,
  { options = [], limit = () => {} }: { options?: string[]; limit?: (child: ChildProcess) => void },
): Promise<Map<string, string>> {
  await hotline.desk[Symbol.asyncDispose]()
  const directory = join(hotline.directory, 'desk')
  const referral = JSON.stringify(example('content-verification'))
  const child = spawn(
    process.execPath,
    [
      ...options,
      ...['--conditions=@rex/source', '--disable-warning=ExperimentalWarning', '--input-type=module'],
      ...['-e', program(HOARD[run]), directory, ngo.id, referral, run],
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  const ended = once(child, 'exit')
  const first = once(child.stdout as Readable, 'data')
  await Promise.race([first, ended])
  limit(child)
  const written = text(child.stdout as Readable)
  child.stdin?.write('go\n')
  const [code, signal] = await ended
  expect({ code, signal }).not.toMatchObject({ code: 0 })
  const lines = (await written).split('\n').filter((line) => line.includes('='))
  return new Map(lines.map((line) => line.split('=') as [string, string]))
}

/** Reopens the desk, and expects an undamaged store in which every resolved send is present once and arrives. */
async function expectWhole(sent: ReadonlyMap<string, string>): Promise<void> {
  const store = openSqliteDeskStore(join(hotline.directory, 'desk', STORE_FILE))
  expect(store.forgot).toBe(false)
  await store[Symbol.asyncDispose]()
  hotline.desk = await openAgain(hotline.directory)
  await hotline.desk.caughtUp()
  expect(sent.size).toBeGreaterThan(0)
  for (const [key, id] of sent) {
    const again = await hotline.desk.send(example('content-verification'), { to: ngo.id, key })
    expect(again.id).toBe(id)
  }
  await hotline.desk.drain()
  const listed = (await hotline.desk.threads({ limit: 100_000 })).map(({ id }) => id)
  const idsAt = async () => (await ngo.desk.threads({ limit: 100_000 })).map(({ id }) => id).sort()
  await expect.poll(idsAt, { timeout: 60_000 }).toEqual(listed.sort())
  expect((await hotline.desk.health()).problems.filter(({ severity }) => severity === 'critical')).toEqual([])
}

test('T-079 the heap is full', async () => {
  await expectWhole(await exhausted('heap', { options: ['--max-old-space-size=96'] }))
})

test.skipIf(!mayLimit)('T-079 the system gives no more memory', async () => {
  const limit = ({ pid }: ChildProcess) => {
    const { stdout } = spawnSync('sed', [
      '-n',
      's/^VmSize:[^0-9]*\\([0-9]*\\) kB/\\1/p',
      `/proc/${pid}/status`,
    ])
    const bytes = (Number(String(stdout)) + 200 * 1024) * 1024
    expect(spawnSync('prlimit', ['--pid', String(pid), `--as=${bytes}`]).status).toBe(0)
  }
  await expectWhole(await exhausted('buffers', { limit }))
})
