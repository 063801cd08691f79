// The way from gateway to gateway, with its faults. docs/spec/delivery.md, "Sending"
import type { Jws } from '@rex/proto/core/v1/envelope'
import type { Clock } from '../client/clock.ts'
import { RexError } from '../core/error.ts'
import { LIMITS } from '../core/limits.ts'
import type { Activity } from './activity.ts'
import type { Fault, Route } from './faults.ts'

/** What a gateway does for the others. */
export interface Acceptor {
  /** Stores an envelope; its stored receipt. @throws RexError EXPIRED, UNAVAILABLE */
  accept(envelope: Uint8Array): Promise<Jws>
  /** Gives the desk an envelope again that it got before. */
  redeliver(envelope: Uint8Array): void
}

/** Brings an envelope to the gateway of its recipient: one attempt. @throws RexError what that gateway refuses with, UNAVAILABLE */
export type Carry = (envelope: Uint8Array, route: Route) => Promise<Jws>

/** What the wire stands on. */
export interface WireOptions {
  readonly clock: Clock
  readonly activity: Activity
  /** The gateway of an organisation. */
  readonly gatewayOf: (organisation: string) => Acceptor
  readonly nextFault: (route: Route) => Fault | undefined
}

/** A wire without envelopes on it. */
export function openWire({ clock, activity, gatewayOf, nextFault }: WireOptions): Carry {
  const overtaken = new Set<Route & { readonly go: () => void }>()

  return async function carry(envelope, route) {
    const fault = nextFault(route)
    if (fault?.kind === 'lose') throw new RexError('UNAVAILABLE', 'The other side cannot be reached.')
    if (fault?.kind === 'refuse') throw new RexError(fault.reason, 'The test refuses the envelope.')
    if (fault?.kind === 'disconnect') {
      await activity.rest(fault.healed)
      return carry(envelope, route)
    }
    if (fault?.kind === 'delay') await activity.rest(elapsed(clock, fault.ms))
    if (fault?.kind === 'overtake') await activity.rest(overtaking(route))
    const receipt = await gatewayOf(route.to).accept(envelope)
    if (fault?.kind === 'repeat') gatewayOf(route.to).redeliver(envelope)
    for (const { from, to, go } of overtaken) if (from === route.from && to === route.to) go()
    return receipt
  }

  /** Resolves when another envelope has come the same way. */
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
