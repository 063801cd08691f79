// An organisation in a simulated year. Its gateway and desk are real and use real sockets, each with its own clock. docs/guide/benchmark.md, "Clocks"
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { askGateway } from '../../gateway/src/cli/operator.ts'
import type { Config } from '../../gateway/src/config/config.ts'
import { type Gateway, initGateway, startGateway } from '../../gateway/src/gateway.ts'
import type { Desk, DeskHealth, DeskLogEntry } from '../../sdk/src/client/api/desk.ts'
import { openDesk } from '../../sdk/src/client/desk.ts'
import { openLink } from '../../sdk/src/client/gateway/link.ts'
import { initDesk } from '../../sdk/src/client/init.ts'
import { type Keys, openKeystore } from '../../sdk/src/client/keys/keystore.ts'
import { writeRotatingKeys } from '../../sdk/src/client/keys/rotating-keys.ts'
import { openSqliteDeskStore } from '../../sdk/src/client/store/sqlite.ts'
import type { DeskStore } from '../../sdk/src/client/store/store.ts'
import { RexError } from '../../sdk/src/core/error.ts'
import type { ProcessClock, World } from './world.ts'

const ADDRESS_TRIES = 60
const ADDRESS_PAUSE_MS = 500
const PASSPHRASE = 'vote gentle harbour 4 lanterns'

/** The computer that runs the gateway, or the one that runs the desk. */
export type Computer = 'gateway' | 'desk'

/** Settings of an organisation. */
interface PartyOptions {
  readonly id: string
  readonly name: string
  /** The directory of each program. */
  readonly directory: Readonly<Record<Computer, string>>
  readonly world: World
}

/** Creates an organisation with correct clocks. */
export async function found(root: string, name: string, world: World): Promise<Party> {
  const id = `https://${name}.example`
  const directory = { gateway: join(root, name, 'gateway'), desk: join(root, name, 'desk') }
  const place = { directory: directory.gateway, organisation: id, listen: '127.0.0.1:0' }
  const { config } = await initGateway({ ...place, clock: world.clock(() => 0) })
  const party = new Party({ id, name, directory, world })
  await party.begin(config)
  return party
}

/** An organisation whose computers' clocks may be wrong. */
export class Party implements AsyncDisposable {
  readonly id: string
  /** Error of each clock. Milliseconds. */
  readonly errorMs: Record<Computer, number> = { gateway: 0, desk: 0 }
  /** Whether each computer is suspended. */
  readonly asleep: Record<Computer, boolean> = { gateway: false, desk: false }
  /** Ids of threads whose referral arrived. */
  readonly received = new Set<string>()
  /** Ids of threads with a message that was reported as refused or expired. */
  readonly failed = new Set<string>()
  readonly #options: PartyOptions
  #neverMade = 0
  #config!: Config
  #gateway!: Gateway
  #keys!: Keys
  #store!: DeskStore
  #desk!: Desk

  constructor(options: PartyOptions) {
    this.#options = options
    this.id = options.id
  }

  /** Starts the gateway, and opens a new desk. */
  async begin(config: Config): Promise<void> {
    const { directory, name } = this.#options
    // Retries wait for real sockets, so the back-off is short and runs in real time.
    this.#config = { ...config, retry: { ...config.retry, minMs: 20, maxMs: 90 } }
    await this.#startGateway()
    const { address, enrolAddress } = this.#gateway
    this.#config = { ...this.#config, listen: address, enrolListen: enrolAddress }
    const { token } = await this.#gateway.createToken()
    await initDesk({ directory: directory.desk, token, name: `${name} (test)`, passphrase: PASSPHRASE })
    // Opening a keystore takes seconds, so the open keys are reused.
    this.#keys = await openKeystore(directory.desk, PASSPHRASE)
    await this.#openDesk()
  }

  desk(): Desk {
    return this.#desk
  }

  /** Returns the number of received envelopes that were sealed to keys that this desk never made. */
  keysNeverMade(): number {
    return this.#neverMade
  }

  /** Returns whether, in a thread that this organisation began, an envelope was sealed to keys that the recipient had already destroyed. */
  wasSealedLate(thread: string): boolean {
    const { read } = this.#store
    return read
      .deliveries(thread)
      .some((delivery) => read.envelopes(delivery).some(({ closed }) => closed === 'KEY_EXPIRED'))
  }

  async restart(computer: Computer): Promise<void> {
    if (computer === 'gateway') {
      await this.#gateway.drain()
      await this.#startGateway()
    } else {
      await this.#desk[Symbol.asyncDispose]()
      await this.#openDesk()
    }
  }

  /** Returns the codes of all problems that the desk and the gateway report. */
  async problems(): Promise<string[]> {
    const { problems } = await askGateway(this.#options.directory.gateway, (admin) => admin.getStatus({}))
    return [...problems.map(({ code }) => code), ...(await this.health()).problems.map(({ code }) => code)]
  }

  health(): Promise<DeskHealth> {
    return this.#desk.health()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#desk[Symbol.asyncDispose]()
    await this.#gateway.drain()
  }

  /** Returns the clock for a program that starts now on a computer. */
  #clock(computer: Computer): ProcessClock {
    return this.#options.world.clock(
      () => this.errorMs[computer],
      () => this.asleep[computer],
    )
  }

  async #startGateway(): Promise<void> {
    // Retry, because another program may have taken the port while the gateway was down.
    for (let tries = 1; ; tries++) {
      try {
        this.#gateway = await startGateway(this.#config, { clock: this.#clock('gateway') })
        return
      } catch (error) {
        if (!RexError.is(error, 'ADDRESS_IN_USE') || tries === ADDRESS_TRIES) throw error
        await pause(ADDRESS_PAUSE_MS)
      }
    }
  }

  async #openDesk(): Promise<void> {
    const directory = this.#options.directory.desk
    const clock = this.#clock('desk')
    this.#store = openSqliteDeskStore(join(directory, 'desk.db'))
    this.#desk = await openDesk({
      keys: this.#keys,
      keep: async (current) => {
        await writeRotatingKeys(directory, current, this.#keys.archiveKey)
        this.#keys = { ...this.#keys, ...current }
      },
      store: this.#store,
      link: openLink({ ...this.#keys, now: clock.now }),
      clock,
      log: (entry) => this.#log(entry),
    })
    void this.#read(this.#desk).catch(() => {})
  }

  async #read(desk: Desk): Promise<void> {
    for await (const item of desk.receive({ concurrency: 8 })) {
      if (item.kind === 'referral') this.received.add(item.thread.id)
      if (item.kind === 'failure') this.failed.add(item.thread.id)
      await item.ack()
    }
  }

  #log({ message, fields }: DeskLogEntry): void {
    if (process.env.CLOCKS_LOG) console.error(this.#options.name, message, JSON.stringify(fields))
    if (message === 'An envelope was refused.' && fields.reason === 'KEY_EXPIRED' && fields.detail !== '')
      this.#neverMade += 1
  }
}
