// The gateway: opens its components, starts them in order from the store to the listeners, and stops them in reverse order. docs/guide/gateway.md
import { join } from 'node:path'
import { type RexError, selfTest } from '@rex/sdk/core'
import { type Clock, systemClock } from './clock/clock.ts'
import { createGatewayTime, keepingTime } from './clock/time.ts'
import { type Config, FILES } from './config/config.ts'
import type { NewToken } from './enrolment/enrolment.ts'
import { damageNotice } from './mailbox/damage.ts'
import { openSqliteStore } from './store/sqlite/store.ts'
import { errorFields, type Log, silentLog } from './telemetry/log.ts'
import type { Directory } from './trust/directory.ts'
import { BUILD } from './wiring/build.ts'
import { startListeners } from './wiring/listening.ts'
import { openRooms } from './wiring/rooms.ts'
import { startTasks } from './wiring/tasks.ts'

export {
  type BackupGateway,
  backupGateway,
  type GatewayBackup,
  verifyGatewayBackup,
} from './backup/backup.ts'
export type { GatewayBackupFile } from './backup/contents.ts'
export { makeKit, readBackupKey } from './backup/kit.ts'
export { restoreBackup, restoreGateway } from './backup/restore.ts'
export { type Config, parseConfig, readConfig } from './config/config.ts'
export { type InitOptions, initGateway, type NewGateway } from './init.ts'

export { createLog, type Log } from './telemetry/log.ts'
export { openLog } from './telemetry/open.ts'

/** Dependencies of a gateway, besides its configuration. */
export interface GatewayOptions {
  /** Default: the system clock. */
  readonly clock?: Clock
  /** Default: no log. */
  readonly log?: Log
  /** Numbers from 0 to 1, for back-off. Default: Math.random. */
  readonly random?: () => number
}

/** A running gateway. */
export interface Gateway extends AsyncDisposable {
  readonly organisation: string
  /** Bound address for other gateways and desks. */
  readonly address: string
  /** Bound address for enrolment. */
  readonly enrolAddress: string
  /** Bound address of `/healthz`. Absent if there is no health listener. */
  readonly healthAddress?: string | undefined
  /** Path of the operator's socket. */
  readonly adminSocket: string
  /** Creates an enrolment token, valid for one hour and one desk. */
  createToken(name?: string): Promise<NewToken>
  /** Resolves if the disk fails. The gateway then acknowledges nothing more, and the process should end. */
  readonly failed: Promise<RexError>
  /** Stops accepting work, finishes work in progress, and closes the store. */
  drain(): Promise<void>
}

/**
 * Starts a gateway.
 * @throws RexError STORE_IN_USE, STORE_TOO_NEW, STORE_FULL, STORE_FAILED, ADDRESS_IN_USE, CONFIG_INVALID, CERTIFICATE_INVALID, SELF_TEST_FAILED
 */
export async function startGateway(config: Config, options: GatewayOptions = {}): Promise<Gateway> {
  await selfTest()
  const base = { clock: systemClock, log: silentLog, random: Math.random, ...options }
  await using undo = new AsyncDisposableStack()
  const opened = undo.use(
    openSqliteStore(join(config.dataDir, FILES.store), {
      maxBytes: config.limits.storeBytes,
      now: base.clock.now,
      noteDamage: (write, damage) => void write.mailbox.add(damageNotice(damage)),
    }),
  )
  opened.onDamage(() => base.log.error('store damaged'))
  let directory: Directory | undefined
  const peers = () => directory?.peers().map((peer) => peer.organisation) ?? []
  const time = createGatewayTime(base.clock, opened.read.time.kept(), peers)
  const store = keepingTime(opened, time)
  const { damage } = store
  if (damage !== undefined) base.log.error('store damaged')
  await store.commit((write) => {
    if (damage !== undefined) write.mailbox.add(damageNotice(damage))
    write.outbox.beginAnew(base.clock.steady())
    write.mailbox.beginAnew()
  })
  const rooms = await openRooms({ ...base, config, store, time })
  directory = rooms.directory
  undo.defer(() => rooms.delivery.close())
  store.onDamage(() => {
    rooms.mailbox.wake()
    rooms.delivery.greetAnew(peers())
  })
  const listeners = await startListeners(rooms)
  void store.failed.then((error) => base.log.error('store failed', errorFields(error)))
  const stopTasks = startTasks(rooms, listeners.renewed)
  rooms.delivery.greet(peers())
  base.log.info('started', { organisation: config.organisation, address: listeners.address, build: BUILD })
  undo.move()

  let drained: Promise<void> | undefined
  const drain = async () => {
    stopTasks()
    await listeners.close()
    rooms.delivery.close()
    await store[Symbol.asyncDispose]()
    base.log.info('stopped')
  }
  const stop = () => {
    drained ??= drain()
    return drained
  }
  return {
    organisation: config.organisation,
    address: listeners.address,
    enrolAddress: listeners.enrolAddress,
    healthAddress: listeners.healthAddress,
    adminSocket: listeners.adminSocket,
    createToken: rooms.enrolment.createToken,
    failed: store.failed,
    drain: stop,
    [Symbol.asyncDispose]: stop,
  }
}
