// The statements of this organisation and of paired organisations, as given by the desk. docs/spec/mailbox.md, "Directory"
import {
  type EntityConfiguration,
  equal,
  type GatewayEntry,
  LIMITS,
  leadsTo,
  parseEntityConfiguration,
  RexError,
  tookOverFrom,
  verifyEntityConfiguration,
} from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import type { Store, Writes } from '../store/store.ts'
import { createTurns } from './turns.ts'

/** The statements of the organisation served and of the organisations paired with it. */
export interface Directory {
  /** The organisation served. */
  readonly organisation: string
  /** Returns the organisation's own entity configuration, or undefined if none is published yet. */
  own(): EntityConfiguration | undefined
  /** Returns the entity configuration of an organisation, or undefined if it is not paired. */
  peer(organisation: string): EntityConfiguration | undefined
  /** Returns the paired organisations, by entity identifier. */
  peers(): EntityConfiguration[]
  /** Publishes the organisation's statement. @throws RexError STATEMENT_INVALID, STATEMENT_ROLLBACK, EXPIRED, CLOCK_SKEW, and those of parsing */
  publish(jwt: string): Promise<void>
  /** Adds or replaces a paired organisation; returns its entity identifier. @throws RexError as `publish` */
  put(jwt: string): Promise<string>
  /** Deletes this organisation's statement, and with it the entity key pinned on first use (REX-MBX-082). */
  reset(): Promise<void>
  /** Ends a pairing. */
  remove(organisation: string): Promise<void>
  /** Calls `listener` after every change of the paired organisations. */
  onChange(listener: () => void): void
}

/** Dependencies of the directory. */
interface DirectoryOptions {
  readonly organisation: string
  /** The gateway's certification authority, DER. Its organisation's statement must list it as the current or next authority. */
  readonly authority: () => Uint8Array
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  readonly time: Pick<GatewayTime, 'atLeast' | 'witness' | 'unpaired'>
}

/** Reads the directory from the store. */
export function openDirectory({ organisation, authority, store, clock, time }: DirectoryOptions): Directory {
  const known = new Map<string, EntityConfiguration>()
  const listeners: (() => void)[] = []
  /** Runs changes one after another, because a statement is checked against the statement that it replaces. */
  const inTurn = createTurns()
  for (const { jwt } of store.read.statements.list()) remember(parseEntityConfiguration(jwt))

  function remember(configuration: EntityConfiguration) {
    known.set(configuration.organisation, configuration)
    for (const listener of listeners) listener()
  }

  async function accept(configuration: EntityConfiguration) {
    const { organisation: subject, jwt, issuedMs, entityKey } = configuration
    const seenIssuedMs = known.get(subject)?.issuedMs
    await verifyEntityConfiguration(jwt, {
      organisation: subject,
      entityKey,
      now: clock.now(),
      confirmedMs: time.atLeast(),
      ...(seenIssuedMs !== undefined && { seenIssuedMs }),
    })
    await store.commit((write) => write.statements.put({ organisation: subject, jwt, issuedMs }))
    remember(configuration)
    if (subject !== organisation) time.witness(subject, issuedMs)
  }

  return {
    organisation,
    own: () => known.get(organisation),
    peer: (id) => (id === organisation ? undefined : known.get(id)),
    peers: () => [...known.values()].filter((peer) => peer.organisation !== organisation),
    async publish(jwt) {
      const configuration = parse(jwt)
      await inTurn(async () => {
        const before = known.get(organisation)
        await checkOwn(configuration, { organisation, authority: authority(), before })
        await accept(configuration)
      })
    },
    async put(jwt) {
      const configuration = parse(jwt)
      if (configuration.organisation === organisation) {
        throw new RexError('STATEMENT_INVALID', 'An organisation cannot be paired with itself.')
      }
      await inTurn(() => accept(configuration))
      return configuration.organisation
    },
    reset: () =>
      inTurn(async () => {
        await store.commit((write) => write.statements.remove(organisation))
        known.delete(organisation)
      }),
    remove: (id) => inTurn(() => remove(id)),
    onChange: (listener) => void listeners.push(listener),
  }

  async function remove(id: string): Promise<void> {
    if (id === organisation) return
    const before = known.get(id)
    // Remove the organisation from memory first, so that no later submissions are accepted; earlier submissions are stored before this commit runs.
    known.delete(id)
    try {
      await store.commit((write) => forget(write, id))
    } catch (error) {
      if (before !== undefined) known.set(id, before)
      throw error
    }
    time.unpaired(id)
    for (const listener of listeners) listener()
  }
}

/** Removes everything kept about an organisation. */
function forget(write: Writes, id: string): void {
  write.statements.remove(id)
  write.addresses.remove(id)
  write.networks.remove(id)
  write.incarnations.remove(id)
}

function parse(jwt: string): EntityConfiguration {
  if (jwt.length > LIMITS.entityConfiguration) {
    throw new RexError('LIMIT_EXCEEDED', 'The entity configuration is too large.', {
      path: 'entity_configuration',
      metadata: { limit: String(LIMITS.entityConfiguration), actual: String(jwt.length) },
    })
  }
  return parseEntityConfiguration(jwt)
}

/** Returns whether partners that have this statement accept certificates of the authority. */
export function namesAuthority({ authority, nextAuthority }: GatewayEntry, own: Uint8Array): boolean {
  return equal(authority, own) || (nextAuthority !== undefined && equal(nextAuthority, own))
}

/** Checks that the organisation's own statement contains this gateway's authority, and is signed by the first entity key seen or a successor. */
async function checkOwn(
  configuration: EntityConfiguration,
  expected: { organisation: string; authority: Uint8Array; before: EntityConfiguration | undefined },
): Promise<void> {
  const { before } = expected
  if (configuration.organisation !== expected.organisation) {
    throw new RexError('STATEMENT_INVALID', `This gateway serves ${expected.organisation}.`)
  }
  if (!namesAuthority(configuration.party.gateway, expected.authority)) {
    throw new RexError(
      'STATEMENT_INVALID',
      'The statement names the certification authority of another gateway.',
    )
  }
  if (before === undefined || (await leadsTo(before.entityKey, configuration))) return
  if (tookOverFrom(before, configuration.entityKey)) {
    throw new RexError(
      'STATEMENT_ROLLBACK',
      'The statement is signed with an entity key that the organisation has replaced. This desk comes from an older backup.',
      { hint: 'Restore the backup that was made with the new key, or a later one.' },
    )
  }
  throw new RexError(
    'STATEMENT_INVALID',
    'The statement is signed with another entity key than the previous one.',
  )
}
