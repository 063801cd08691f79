// Faults on the way between gateways, as a test orders them. docs/guide/testing.md, "Faults"
import type { ErrorReason } from '../core/error.ts'
import { type Duration, millisecondsOf } from './clock.ts'
import { organisationOf } from './party.ts'

/** The way of an envelope: entity identifiers of sender and recipient. */
export interface Route {
  readonly from: string
  readonly to: string
}

/**
 * Faults on the way between gateways; `from` and `to` narrow them. Envelopes are sealed: the next one may carry an event or a
 * receipt. `count` (default 1) is how many envelopes, or attempts to deliver one, it concerns.
 */
export interface Faults<Name extends string = string> {
  /** Only what this organisation sends. */
  from(name: Name): Faults<Name>
  /** Only what is sent to this organisation. */
  to(name: Name): Faults<Name>
  /** It is lost on its way. The sender's gateway tries again, after 10 seconds at first. */
  drop(count?: number): void
  /** It takes so long. */
  delay(by: Duration, count?: number): void
  /** The recipient's desk gets it twice, the same bytes. */
  duplicate(count?: number): void
  /** The one that follows overtakes it; if none does, it comes after 10 seconds. */
  reorder(count?: number): void
  /** The recipient's gateway refuses it: for good, or, if the reason is retryable, until the sender's gateway tries again. */
  refuse(reason: ErrorReason, count?: number): void
  /** Nothing gets through until `heal`. */
  disconnect(): void
  /** Ends these faults. What waits for a connection goes on. */
  heal(): void
}

/** What happens to one attempt to deliver an envelope. */
export type Fault =
  | { readonly kind: 'drop' | 'duplicate' | 'reorder' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'refuse'; readonly reason: ErrorReason }
  | { readonly kind: 'disconnect'; readonly healed: Promise<void> }

/** The faults of a network: how a test orders them, and how the wire asks for them. */
export interface FaultPlan<Name extends string> {
  readonly faults: Faults<Name>
  /** The fault of the next attempt on a route; it counts as used. */
  nextFault(route: Route): Fault | undefined
}

interface Rule {
  readonly scope: Partial<Route>
  readonly fault: Fault
  readonly heal: () => void
  left: number
}

/** No faults yet. */
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

/** Whether one scope holds all of another. */
function covers(scope: Partial<Route>, { from, to }: Partial<Route>): boolean {
  return (scope.from ?? from) === from && (scope.to ?? to) === to
}
