// Plans of messages to seal.
import type { Happening } from '../threads/events.ts'

interface Granted {
  readonly to: string
  readonly sections?: readonly number[]
  readonly urgent?: true
}

/** What to seal, and what its recipients must find. `isIdentifying`: whether the event must travel in a section; default: see `isInSection`. */
export interface Plan {
  readonly title: string
  readonly requirements: readonly string[]
  readonly event?: Happening
  readonly isIdentifying?: boolean
  readonly sections?: readonly (readonly [type: string, content: Uint8Array])[]
  readonly recipients?: readonly Granted[]
  readonly suites?: readonly string[]
  readonly input?: object
  readonly refused?: string
}
