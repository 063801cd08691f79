// Decides which sections of the referral an event may carry in each state. docs/spec/thread.md, "Staged disclosure"
import { type Role, STATES, type State, type Transition } from './transitions.ts'

/** An event with its sections, and the state that its sender saw. */
interface Carriage {
  readonly state: State
  readonly role: Role
  readonly transition: Transition
  /** Types of the carried sections. */
  readonly carried: readonly string[]
  /** Types of the sections that the refer granted to the track's recipient. */
  readonly granted: readonly string[]
}

/** Returns the first section type that the event must not have (REX-THR-007, REX-THR-031), or undefined if all are allowed. */
export function misplacedSection({
  state,
  role,
  transition,
  carried,
  granted,
}: Carriage): string | undefined {
  if (transition === 'disclose') return undefined
  const gives = transition === 'provide-info' || transition === 'correct'
  if (!gives || STATES[state].terminal) return carried[0]
  const accepted = STATES[state].responsible === 'recipient'
  return carried.find(
    (type) => (!accepted && !granted.includes(type)) || (role === 'recipient' && type === 'handling'),
  )
}
