// Faults between gateways that a test orders. docs/guide/testing.md, "Faults"
import type { ErrorReason } from '../../core/error.ts'
import { organisationOf } from '../parties/party.ts'
import { type Duration, millisecondsOf } from '../time/clock.ts'

/** The route of an envelope: entity identifiers of sender and recipient. */
export interface Route {
  readonly from: string
  readonly to: string
}

/**
 * Faults between gateways, limited by `from` and `to`. Envelopes are sealed, so the next envelope may contain an event or a receipt. `count` (default
 * 1) is the number of affected envelopes or delivery attempts.
 */
export interface Faults<Name extends string = string> {
  /** Limits faults to envelopes sent by this organisation. */
  from(name: Name): Faults<Name>
  /** Limits faults to envelopes sent to this organisation. */
  to(name: Name): Faults<Name>
  /** Loses the envelope in transit. The sender's gateway retries, first after 10 seconds. */
  drop(count?: number): void
  /** Delays the envelope by this time. */
  delay(by: Duration, count?: number): void
  /** Delivers the same bytes to the recipient's desk twice. */
  duplicate(count?: number): void
  /** Lets the next envelope overtake this one. If no other envelope follows, this one arrives after 10 seconds. */
  reorder(count?: number): void
  /** Makes the recipient's gateway refuse the envelope: permanently, or until the next retry if the reason is retryable. */
  refuse(reason: ErrorReason, count?: number): void
  /** Blocks all envelopes until `heal`. */
  disconnect(): void
  /** Ends these faults, so that envelopes waiting for a connection proceed. */
  heal(): void
}

/** The fault of one attempt to deliver an envelope. */
export type Fault =
  | { readonly kind: 'drop' | 'duplicate' | 'reorder' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'refuse'; readonly reason: ErrorReason }
  | { readonly kind: 'disconnect'; readonly healed: Promise<void> }

/** The faults of a network, which a test orders and the wire consumes. */
interface FaultPlan<Name extends string> {
  readonly faults: Faults<Name>
  /** Returns and consumes the fault of the next attempt on a route. */
  nextFault(route: Route): Fault | undefined
}

interface Rule {
  readonly scope: Partial<Route>
  readonly fault: Fault
  readonly heal: () => void
  left: number
}

/** Creates a plan without faults. */
export function planFaults<Name extends string>(): FaultPlan<Name> {
  const rules: Rule[] = []

  function faultsOf(scope: Partial<Route>): Faults<Name> {
    const add = (fault: Fault, left = 1, heal = () => {}) => void rules.push({ scope, fault, left, heal })
    return {
      from: (name) => faultsOf({ ...scope, from: organisationOf(name) }),
      to: (name) => faultsOf({ ...scope, to: organisationOf(name) }),
      drop: (count) => add({ kind: 'drop' }, count),
      delay: (by, count) => add({ kind: 'delay', ms: millisecondsOf(by) }, count),
      duplicate: (count) => add({ kind: 'duplicate' }, count),
      reorder: (count) => add({ kind: 'reorder' }, count),
      refuse: (reason, count) => add({ kind: 'refuse', reason }, count),
      disconnect() {
        const { promise, resolve } = Promise.withResolvers<void>()
        add({ kind: 'disconnect', healed: promise }, Number.POSITIVE_INFINITY, resolve)
      },
      heal() {
        for (const rule of rules.filter((candidate) => covers(scope, candidate.scope))) {
          rule.left = 0
          rule.heal()
        }
      },
    }
  }

  return {
    faults: faultsOf({}),
    nextFault(route) {
      const rule = rules.find(({ scope, left }) => left > 0 && covers(scope, route))
      if (rule !== undefined) rule.left--
      return rule?.fault
    },
  }
}

/** Whether one scope includes every route of another. */
function covers(scope: Partial<Route>, { from, to }: Partial<Route>): boolean {
  return (scope.from ?? from) === from && (scope.to ?? to) === to
}
