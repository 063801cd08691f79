// The connection between gateways, with its faults. docs/spec/delivery.md, "Sending"
import type { Jws } from '@rex/proto/core/v1/envelope'
import type { Clock } from '../../client/clock/clock.ts'
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import type { Activity } from '../time/activity.ts'
import type { Fault, Route } from './faults.ts'

/** Services of a gateway that other gateways call. */
export interface RemoteGateway {
  /** Puts `copies` copies of an envelope into the recipient's mailbox. Returns the stored receipt. @throws RexError EXPIRED, UNKNOWN_ORGANISATION */
  accept(envelope: Uint8Array, copies: number): Promise<Jws>
  /** Tells this gateway that more urgent mail waits at the gateway of `recipient` than the remaining budget allows. */
  urgentOverBudget(recipient: string): void
  /** Returns the entity configuration (JWT) of the gateway's organisation. @throws RexError UNAVAILABLE before it is published */
  statement(): string
}

/** Connects the gateways of a network. */
export interface Wire {
  attach(organisation: string, gateway: RemoteGateway): void
  /** Returns the gateway of an organisation. @throws RexError UNAVAILABLE */
  gatewayOf(organisation: string): RemoteGateway
  /** Tries once to deliver an envelope to its recipient's gateway. @throws RexError UNAVAILABLE, and the refusal of that gateway */
  carry(envelope: Uint8Array, route: Route): Promise<Jws>
}

/** Dependencies of a wire. */
interface WireOptions {
  readonly clock: Clock
  readonly activity: Activity
  /** Returns the fault of the next attempt on a route. */
  readonly nextFault: (route: Route) => Fault | undefined
}

/** Opens a wire without gateways. */
export function openWire({ clock, activity, nextFault }: WireOptions): Wire {
  const gateways = new Map<string, RemoteGateway>()
  const overtaken = new Set<Route & { readonly go: () => void }>()

  const wire: Wire = {
    attach: (organisation, gateway) => void gateways.set(organisation, gateway),
    gatewayOf(organisation) {
      const gateway = gateways.get(organisation)
      if (gateway === undefined) throw unreachable()
      return gateway
    },
    async carry(envelope, route) {
      const fault = nextFault(route)
      if (fault?.kind === 'drop') throw unreachable()
      if (fault?.kind === 'refuse') throw new RexError(fault.reason, 'The test refuses the envelope.')
      if (fault?.kind === 'disconnect') {
        await activity.rest(fault.healed)
        return wire.carry(envelope, route)
      }
      if (fault?.kind === 'delay') await activity.rest(elapsed(clock, fault.ms))
      if (fault?.kind === 'reorder') await activity.rest(overtaking(route))
      const copies = fault?.kind === 'duplicate' ? 2 : 1
      const receipt = await wire.gatewayOf(route.to).accept(envelope, copies)
      for (const { from, to, go } of overtaken) if (from === route.from && to === route.to) go()
      return receipt
    },
  }
  return wire

  /** Resolves when another envelope has arrived on the same route. */
  async function overtaking(route: Route): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting = { ...route, go: resolve }
    overtaken.add(waiting)
    const cancel = clock.after(LIMITS.retryMin, resolve)
    await promise
    cancel()
    overtaken.delete(waiting)
  }
}

/** Resolves after `ms` milliseconds of virtual time. */
export function elapsed(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve))
}

/** Returns the error of a network that is down. */
export function unreachable(): RexError {
  return new RexError('UNAVAILABLE', 'The other side cannot be reached.')
}
