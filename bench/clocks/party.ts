// An organisation in a simulated year: a real gateway and a real desk over real sockets, each with its own clock. docs/guide/benchmark.md, "Clocks"
import { join } from 'node:path'
import { askGateway } from '../../gateway/src/cli/operator.ts'
import type { Config } from '../../gateway/src/config/config.ts'
import { type Gateway, initGateway, startGateway } from '../../gateway/src/gateway.ts'
import type { Desk, DeskHealth, DeskLogEntry } from '../../sdk/src/client/api/desk.ts'
import { openDesk } from '../../sdk/src/client/desk.ts'
import { openLink } from '../../sdk/src/client/gateway/link.ts'
import { initDesk } from '../../sdk/src/client/init.ts'
import { openKeystore } from '../../sdk/src/client/keys/keystore.ts'
import { writeRotatingKeys } from '../../sdk/src/client/keys/rotating-keys.ts'
import { openSqliteDeskStore } from '../../sdk/src/client/store/sqlite.ts'
import type { World } from './world.ts'

const PASSPHRASE = 'vote gentle harbour 4 lanterns'

/** A computer of an organisation; one computer may be both. */
export type Computer = 'gateway' | 'desk'

/** An organisation whose computers' clocks may be wrong. */
export interface Party extends AsyncDisposable {
  readonly id: string
  /** Error of each clock. Milliseconds. */
  readonly errorMs: Record<Computer, number>
  /** Whether each computer is suspended. */
  readonly asleep: Record<Computer, boolean>
  desk(): Desk
  /** Ids of threads whose referral arrived. */
  readonly received: ReadonlySet<string>
  /** Ids of threads with a message that was reported as refused or expired. */
  readonly failed: ReadonlySet<string>
  /** Envelopes for missing keys: destroyed ones, and ones that were never made. */
  keysMissing(): { readonly destroyed: number; readonly neverMade: number }
  restart(computer: Computer): Promise<void>
  /** Codes of all problems that the desk and the gateway report. */
  problems(): Promise<string[]>
  health(): Promise<DeskHealth>
}

/** Founds an organisation with correct clocks. */
export async function found(root: string, name: string, world: World): Promise<Party> {
  const id = `https://${name}.example`
  const directory = (what: Computer) => join(root, name, what)
  const errorMs = { gateway: 0, desk: 0 }
  const asleep = { gateway: false, desk: false }
  const received = new Set<string>()
  const failed = new Set<string>()
  const missing = { destroyed: 0, neverMade: 0 }
  const place = { directory: directory('gateway'), organisation: id, listen: '127.0.0.1:0' }
  const made = await initGateway({ ...place, clock: world.clock(() => 0) })
  // Back-off waits for real sockets, so it uses real time.
  let config: Config = { ...made.config, retry: { ...made.config.retry, minMs: 20, maxMs: 90 } }
  let gateway = await start()
  config = { ...config, listen: gateway.address, enrolListen: gateway.enrolAddress }
  const { token } = await gateway.createToken()
  await initDesk({ directory: directory('desk'), token, name: `${name} (test)`, passphrase: PASSPHRASE })
  // Opening a keystore takes seconds, so the open keys are reused.
  let keys = await openKeystore(directory('desk'), PASSPHRASE)
  let desk = await open()

  return {
    id,
    errorMs,
    asleep,
    desk: () => desk,
    received,
    failed,
    keysMissing: () => missing,
    async restart(computer) {
      if (computer === 'gateway') {
        await gateway.drain()
        gateway = await start()
      } else {
        await desk[Symbol.asyncDispose]()
        desk = await open()
      }
    },
    async problems() {
      const { problems } = await askGateway(directory('gateway'), (admin) => admin.getStatus({}))
      return [...problems.map(({ code }) => code), ...(await desk.health()).problems.map(({ code }) => code)]
    },
    health: () => desk.health(),
    async [Symbol.asyncDispose]() {
      await desk[Symbol.asyncDispose]()
      await gateway.drain()
    },
  }

  function start(): Promise<Gateway> {
    return startGateway(config, {
      clock: world.clock(
        () => errorMs.gateway,
        () => asleep.gateway,
      ),
    })
  }

  async function open(): Promise<Desk> {
    const clock = world.clock(
      () => errorMs.desk,
      () => asleep.desk,
    )
    const opened = await openDesk({
      keys,
      async keep(current) {
        await writeRotatingKeys(directory('desk'), current, keys.archiveKey)
        keys = { ...keys, ...current }
      },
      store: openSqliteDeskStore(join(directory('desk'), 'desk.db')),
      link: openLink({ ...keys, now: clock.now }),
      clock,
      log,
    })
    void read(opened).catch(() => {})
    return opened
  }

  async function read(opened: Desk): Promise<void> {
    for await (const item of opened.receive({ concurrency: 8 })) {
      if (item.kind === 'referral') received.add(item.thread.id)
      if (item.kind === 'failure') failed.add(item.thread.id)
      await item.ack()
    }
  }

  function log({ message, fields }: DeskLogEntry): void {
    if (process.env.CLOCKS_LOG) console.error(name, message, JSON.stringify(fields))
    if (message === 'An envelope was refused.' && fields.reason === 'KEY_EXPIRED')
      missing[fields.detail === '' ? 'destroyed' : 'neverMade'] += 1
  }
}
