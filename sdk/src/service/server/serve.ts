// Serves a desk on Unix sockets in its directory, until a signal ends it. docs/guide/service.md
import { rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { Desk, DeskLogEntry } from '../../client/api/desk.ts'
import type { DeskProblem } from '../../client/api/problems.ts'
import { type Clock, systemClock } from '../../client/clock/clock.ts'
import { bearers } from '../access/bearer.ts'
import { type Admit, MEMBER, OWNER } from '../access/caller.ts'
import { Tokens } from '../access/tokens.ts'
import { startChannels } from '../alerts/alerts.ts'
import { AuditLog } from '../audit/index.ts'
import { Leases } from '../leases.ts'
import { groupSocketOf, socketOf } from '../socket.ts'
import { checkListen, type Listen, listenOn, ownNames } from './address.ts'
import { createApp } from './app.ts'
import { closed, createDoor } from './door.ts'
import { listenPrivately, openToGroup } from './sockets.ts'

/** Options of a service. */
export interface ServeOptions {
  readonly desk: Desk
  /** Desk directory, in which the sockets are created. */
  readonly directory: string
  /**
   * Number of a group that gets a separate socket, and may enter the directory to reach it. Default: only the owner may use the service.
   */
  readonly group?: number
  /** Addresses at which callers with tokens can reach the service. Default: none. */
  readonly listen?: readonly Listen[]
  /** Returns problems of other parts of the program, such as a relay, which the health of the desk then contains. Default: none. */
  readonly problems?: () => readonly DeskProblem[]
  /** Receives messages for the operator, which never contain case data. */
  readonly log: (entry: DeskLogEntry) => void
  /** Default: the clock of the system. */
  readonly clock?: Clock
}

/** A running service. Disposing of it ends waiting calls, completes running ones, and removes the sockets; the desk stays open. */
export interface Service extends AsyncDisposable {
  /** The owner's socket. */
  readonly socket: string
  /** The socket of the group, if there is one. */
  readonly groupSocket?: string
  /** The URLs at which callers with tokens can reach the service, one for each address. */
  readonly urls: readonly string[]
}

/**
 * Serves a desk that the calling program holds. @throws RexError CONFIG_INVALID, ADDRESS_IN_USE, STORE_FULL, STORE_FAILED if the audit log
 * is incomplete or changed
 */
export async function serve(options: ServeOptions): Promise<Service> {
  const { desk, directory, listen = [], problems = () => [], log, clock = systemClock } = options
  for (const each of listen) checkListen(each)
  const tokens = await Tokens.open(directory, clock)
  const audit = await AuditLog.open(directory, { clock }).catch((error: unknown) => {
    tokens.close()
    throw error
  })
  const ending = new AbortController()
  const leases = new Leases(desk, clock)
  const info = { organisation: desk.organisation, pid: process.pid, sinceMs: clock.now() }
  const channels = await startChannels({ desk, directory, clock, log }).catch(async (error: unknown) => {
    tokens.close()
    await audit.close()
    throw error
  })
  const app = createApp({
    desk,
    directory,
    leases,
    tokens,
    ...channels,
    problems: () => [...channels.webhooks.problems(), ...channels.alerts.problems(), ...problems()],
    audit,
    info,
    ending: ending.signal,
    log,
  })
  const servers: Server[] = []
  const open = (admit: Admit, tls?: Listen['tls']): Server => {
    const server = createDoor({ app, admit, log, ...(tls && { tls }) })
    servers.push(server)
    return server
  }
  const end = async () => {
    ending.abort()
    await Promise.all(servers.filter(({ listening }) => listening).map(closed))
    await channels[Symbol.asyncDispose]()
    await leases.close()
    tokens.close()
    await audit.write({ what: 'stop' }).catch(() => {})
    await audit.close()
    sayLast(audit, log)
  }
  try {
    await audit.write({ what: 'start' })
    sayLast(audit, log)
    const opened = await openDoors(options, open, { tokens, audit })
    return { ...opened, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}

/**
 * Logs the last record of the audit log. Anyone who keeps the service's messages can later detect that the audit log was cut or replaced.
 */
function sayLast({ last: { seq, hash } }: AuditLog, log: ServeOptions['log']): void {
  log({ level: 'info', message: 'The audit log ends here.', fields: { known: `${seq}:${hash}` } })
}

type Open = (admit: Admit, tls?: Listen['tls']) => Server

async function openDoors(
  { directory, group, listen = [], log }: ServeOptions,
  open: Open,
  { tokens, audit }: { readonly tokens: Tokens; readonly audit: AuditLog },
): Promise<Omit<Service, typeof Symbol.asyncDispose>> {
  const [socket, groupSocket] = [socketOf(directory), groupSocketOf(directory)]
  const [owner, member] = [() => OWNER, () => MEMBER]
  await listenPrivately(open(owner), socket)
  // Remove the socket that a killed service may have left behind, because this service may have no group.
  await rm(groupSocket, { force: true })
  if (group !== undefined) {
    await listenPrivately(open(member), groupSocket)
    await openToGroup(groupSocket, directory, group)
  }
  const refused = (address: string) => {
    log({ level: 'warn', message: 'A token was refused.', fields: { address } })
    audit.write({ what: 'refused', door: address }).catch(() => {})
  }
  const urls: string[] = []
  for (const each of listen) {
    const admit = bearers({ tokens, isOwnName: ownNames(each), refused })
    urls.push(await listenOn(open(admit, each.tls), each))
  }
  return { socket, ...(group !== undefined && { groupSocket }), urls }
}
