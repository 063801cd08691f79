// Serves a desk on Unix sockets in its directory, until a signal ends it. docs/guide/service.md
import { rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { Desk, DeskLogEntry } from '../../client/api/desk.ts'
import { type Clock, systemClock } from '../../client/clock/clock.ts'
import { type Admit, MEMBER, OWNER } from '../access/caller.ts'
import { Leases } from '../leases.ts'
import { groupSocketOf, socketOf } from '../socket.ts'
import { createApp } from './app.ts'
import { closed, createDoor } from './door.ts'
import { listenPrivately, openToGroup } from './sockets.ts'

/** How to serve a desk. */
export interface ServeOptions {
  readonly desk: Desk
  /** Desk directory: the sockets are made there. */
  readonly directory: string
  /** Number of the group that gets a socket of its own, and may enter the directory for it. Default: only the owner may use the service. */
  readonly group?: number
  /** Receives operator messages; never case data. */
  readonly log: (entry: DeskLogEntry) => void
  /** Default: the clock of the system. */
  readonly clock?: Clock
}

/** A running service. Disposing of it ends waiting calls, answers the running ones, and removes the sockets; the desk stays open. */
export interface Service extends AsyncDisposable {
  /** The owner's socket. */
  readonly socket: string
  /** The socket of the group, if there is one. */
  readonly groupSocket?: string
}

/** Serves a desk that the caller holds. @throws RexError CONFIG_INVALID */
export async function serve(options: ServeOptions): Promise<Service> {
  const { desk, directory, group, log, clock = systemClock } = options
  const ending = new AbortController()
  const leases = new Leases(desk, clock)
  const info = { organisation: desk.organisation, pid: process.pid, sinceMs: clock.now() }
  const app = createApp({ desk, leases, info, ending: ending.signal, log })
  const servers: Server[] = []
  const open = (admit: Admit): Server => {
    const server = createDoor({ app, admit, log })
    servers.push(server)
    return server
  }
  const [socket, groupSocket] = [socketOf(directory), groupSocketOf(directory)]
  const end = async () => {
    ending.abort()
    await Promise.all(servers.filter(({ listening }) => listening).map(closed))
    await leases.close()
  }
  try {
    await listenPrivately(
      open(() => OWNER),
      socket,
    )
    // A service that was killed may have left one, and this one may have no group.
    await rm(groupSocket, { force: true })
    if (group !== undefined) {
      await listenPrivately(
        open(() => MEMBER),
        groupSocket,
      )
      await openToGroup(groupSocket, directory, group)
    }
  } catch (error) {
    await end()
    throw error
  }
  return {
    socket,
    ...(group !== undefined && { groupSocket }),
    [Symbol.asyncDispose]: end,
  }
}
