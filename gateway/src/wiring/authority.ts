// Changes the gateway's authority in two requests of the operator. docs/spec/identity.md, "Change of the authority"
import { equal, fingerprint } from '@rex/sdk/core'
import type { Rooms } from './rooms.ts'

/** Maximum number of organisations that are asked concurrently whether they accept the next authority. */
const AT_ONCE = 8

/** A request to change the authority. */
interface Change {
  /** Whether to complete the change even if some organisations do not accept the next authority yet. */
  readonly anyway: boolean
  readonly signal: AbortSignal
  /** Called when the certificate was reissued. */
  readonly renewed: () => void
}

/** Result of a request. */
interface Changed {
  /** Fingerprint of the new authority. */
  readonly key: string
  /** Whether the change is complete. */
  readonly done: boolean
  /** Organisations that do not accept the new authority yet. */
  readonly waiting: string[]
}

/** The first call makes the next authority and has it published. A later call changes to it, if all organisations accept it (REX-ID-082). */
export async function changeAuthority(rooms: Rooms, { anyway, signal, renewed }: Change): Promise<Changed> {
  const { keys, news, config, delivery } = rooms
  const isNew = keys.nextAuthority() === undefined
  const key = await keys.beginAuthority()
  if (isNew) await news(config.organisation)
  const waiting = await withoutNext(rooms, signal)
  if (isNew || (waiting.length > 0 && !anyway)) {
    // Greet organisations that do not accept the next authority yet, so that they get the new statement now instead of with the next mail.
    delivery.greet(waiting.filter((organisation) => organisation !== config.organisation))
    await delivery.retry('')
    return { key, done: false, waiting }
  }
  await keys.changeAuthority()
  renewed()
  await news(config.organisation)
  return { key: fingerprint(keys.authority().certificate), done: true, waiting }
}

/**
 * Returns the organisations that could not connect if the authority changed now. This gateway's own
 * organisation is in the list if its desk could not connect.
 */
async function withoutNext({ directory, keys, dialler }: Rooms, signal: AbortSignal): Promise<string[]> {
  const next = keys.nextAuthority()?.certificate ?? new Uint8Array()
  const published = directory.own()?.party.gateway.nextAuthority
  const isPublished = published !== undefined && equal(published, next)
  const peers = directory.peers().map(({ organisation }) => organisation)
  if (!isPublished) return [directory.organisation, ...peers]
  const waiting: string[] = []
  for (let at = 0; at < peers.length; at += AT_ONCE) {
    const asked = peers.slice(at, at + AT_ONCE)
    const known = await Promise.all(asked.map((peer) => dialler.acceptsNext(peer, signal)))
    waiting.push(...asked.filter((_, i) => known[i] === false))
  }
  return waiting
}
