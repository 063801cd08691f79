// Organisations whose gateways and desks follow a clock that the test moves.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, type Gateway, initGateway, startGateway } from '@rex/gateway'
import { beforeEach } from 'vitest'
import { epochAt } from '../../../core/identity/epoch.ts'
import { type TestClock, virtualClock } from '../../../testing/time/clock.ts'
import type { Desk, DeskLogEntry } from '../../api/desk.ts'
import { systemClock } from '../../clock/clock.ts'
import { openDesk } from '../../desk.ts'
import { type MailboxLink, openLink } from '../../gateway/link.ts'
import { initDesk } from '../../init.ts'
import { type Keys, openKeystore, writeKeystore } from '../../keys/keystore.ts'
import { writeRotatingKeys } from '../../keys/rotating-keys.ts'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
import { PASSPHRASE, type Party, whenFree } from './parties.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/**
 * How long ago the test begins. TLS uses the system's clock, and certificates are valid for 90 days, so a test can advance its clock by 87 days
 * without TLS failing.
 */
const BEGINS_AGO = 87 * DAY

/** Options for opening a desk. */
interface Opening {
  /** Replaces the link. Default: the link is unchanged. */
  readonly linkOf?: (link: MailboxLink) => MailboxLink
  /** How far the desk's clock is ahead of the test's clock, in milliseconds. Default: 0. */
  readonly aheadMs?: number
}

/** Returns the log line with which a desk announces its next timer. */
export const resting = (ms: number): string => `Upkeep rests for ${ms / MINUTE} min.`

/** Before each test of a file, makes organisations, pairs them with each other, and passes them with their clock to the test. */
export function withClock(
  names: readonly string[],
  take: (made: ClockedParty[], clock: TestClock) => unknown,
): void {
  beforeEach(async () => {
    const root = mkdtempSync(join(tmpdir(), 'rex-clocked-'))
    const clock = virtualClock(Date.now() - BEGINS_AGO, async () => {})
    const made = await Promise.all(names.map((name) => makeClocked(name, join(root, name), clock)))
    for (const { desk } of made)
      for (const other of made) if (other.desk !== desk) await desk.pair((await other.desk.invite()).invite)
    clock.leap(MINUTE)
    await take(made, clock)
    return async () => {
      for (const { desk } of made) await desk[Symbol.asyncDispose]()
      for (const { gateway } of made) await gateway.drain()
      rmSync(root, { recursive: true, force: true })
    }
  })
}

async function makeClocked(name: string, directory: string, clock: TestClock): Promise<ClockedParty> {
  const id = `https://${name}.example`
  const place = { directory: join(directory, 'gateway'), organisation: id, listen: '127.0.0.1:0' }
  const { config } = await initGateway({ ...place, clock })
  const gateway = await startGateway(config, { clock })
  const { token } = await gateway.createToken()
  const desk = join(directory, 'desk')
  await initDesk({ directory: desk, token, name: `${name} (test)`, passphrase: PASSPHRASE })
  const keys = await openKeystore(desk, PASSPHRASE)
  const founded = { messageKeyMs: clock.now(), epochs: { ...keys.epochs, epoch: epochAt(clock.now()) } }
  await writeKeystore(desk, { ...keys, ...founded }, PASSPHRASE)
  const party = new ClockedParty({ id, directory, clock, config, gateway })
  party.desk = await party.open()
  return party
}

/** An organisation with a clock. Lease and reconnection use the real network, and therefore the system's clock. */
export class ClockedParty implements Party {
  readonly id: string
  readonly directory: string
  readonly deskDirectory: string
  gateway: Gateway
  desk!: Desk
  /** Entries of the desk's log since it was opened. */
  readonly log: DeskLogEntry[] = []
  readonly #clock: TestClock
  /** Configuration of the gateway, with the addresses of its first start, so that desks reach it after a restart. */
  readonly #config: Config
  readonly #listeners = new Set<() => void>()

  constructor({
    id,
    directory,
    clock,
    config,
    gateway,
  }: Pick<Party, 'id' | 'directory' | 'gateway'> & { readonly clock: TestClock; readonly config: Config }) {
    this.id = id
    this.directory = directory
    this.deskDirectory = join(directory, 'desk')
    this.gateway = gateway
    this.#clock = clock
    this.#config = { ...config, listen: gateway.address, enrolListen: gateway.enrolAddress }
  }

  keys(): Promise<Keys> {
    return openKeystore(this.deskDirectory, PASSPHRASE)
  }

  /** Starts the gateway again. */
  async startGateway(): Promise<void> {
    this.gateway = await whenFree(() => startGateway(this.#config, { clock: this.#clock }))
  }

  /** Opens the desk with an empty log. */
  async open({ linkOf = (link) => link, aheadMs = 0 }: Opening = {}): Promise<Desk> {
    const clock = this.#clock
    this.log.length = 0
    const keys = await this.keys()
    return openDesk({
      keys,
      keep: (current) => writeRotatingKeys(this.deskDirectory, current, keys.archiveKey),
      store: openSqliteDeskStore(join(this.deskDirectory, STORE_FILE)),
      link: linkOf(openLink(keys)),
      clock: {
        now: () => clock.now() + aheadMs,
        steady: clock.steady,
        after: (ms, run) => {
          if (ms < MINUTE) return systemClock.after(ms, run)
          this.#note({ level: 'info', message: resting(ms), fields: {} })
          return clock.after(ms, run)
        },
      },
      log: (entry) => this.#note(entry),
    })
  }

  async reopen(): Promise<void> {
    await this.desk[Symbol.asyncDispose]()
    this.desk = await this.open()
  }

  /** Resolves when the desk has logged `message` `count` times since it was opened. */
  logged(message: string, count = 1): Promise<DeskLogEntry> {
    return new Promise((resolve) => {
      const look = () => {
        const entry = this.log.filter((candidate) => candidate.message === message)[count - 1]
        if (entry === undefined) return
        this.#listeners.delete(look)
        resolve(entry)
      }
      this.#listeners.add(look)
      look()
    })
  }

  #note(entry: DeskLogEntry): void {
    this.log.push(entry)
    for (const look of this.#listeners) look()
  }
}
