// The transition table as data, so that specification, code and tests read the same file. docs/spec/thread.md, "Transitions"
import table from './transitions.json' with { type: 'json' }

/** Role of an organisation in a track. */
export type Role = 'referrer' | 'recipient'
/** State of a track. The states are written out, because the type declarations of a package cannot refer to the JSON table. */
export type State =
  | 'requested'
  | 'info-requested'
  | 'waitlisted'
  | 'accepted'
  | 'in-progress'
  | 'completed'
  | 'partly-completed'
  | 'failed'
  | 'declined'
  | 'withdrawn'
  | 'entered-in-error'
/** A row of the transition table. Most rows are event types; some distinguish the meanings of one event type. */
export type Transition =
  | 'refer'
  | 'disclose'
  | 'accept'
  | 'decline'
  | 'request-info'
  | 'provide-info'
  | 'waitlist'
  | 'progress'
  | 'complete'
  | 'complete-partly'
  | 'fail'
  | 'withdraw'
  | 'recall-thread'
  | 'recall'
  | 'recall-attestation'
  | 'consent-withdrawn'
  | 'consent-change'
  | 'consent-acknowledgement'
  | 'correct'
  | 'note'
  | 'feedback'
  | 'resumed'
  | 'entered-in-error'

interface StateRule {
  readonly terminal: boolean
  readonly responsible: Role
  /** The step that is due in this state, and the role that has to take it. Undefined if no step is due. */
  readonly owes?: { readonly who: Role; readonly what: string }
}

interface TransitionRule {
  readonly roles: readonly Role[]
  readonly next: Readonly<Partial<Record<State, State>>>
}

/** The states, each with its rule. */
export const STATES: Readonly<Record<State, StateRule>> = table.states satisfies Readonly<
  Record<State, unknown>
> as Readonly<Record<State, StateRule>>
/** The transitions, each with its rule. */
export const TRANSITIONS: Readonly<Record<Transition, TransitionRule>> = table.events satisfies Readonly<
  Record<Transition, unknown>
> as Readonly<Record<Transition, TransitionRule>>
/** The state after a refer. */
export const INITIAL: State = table.initial as State

const FIRST: ReadonlySet<string> = new Set(table.first)

/** Returns the state after a transition, or undefined if the table refuses the transition (REX-THR-010). */
export function next(state: State, transition: Transition, role: Role): State | undefined {
  const rule = TRANSITIONS[transition]
  return rule.roles.includes(role) ? rule.next[state] : undefined
}

/** Whether a transition goes before concurrent transitions because it retracts something (REX-THR-022). */
export function goesFirst(transition: Transition): boolean {
  return FIRST.has(transition)
}
