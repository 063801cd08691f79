// A process that does nothing, to measure the least memory that a Node program needs.
// docs/guide/benchmark.md, "Service"
import { serve } from '../measure/child.ts'

const role = {
  /** Answers once the process has started. */
  ready: (_: undefined): boolean => true,
}

export type EmptyRole = typeof role

serve(role)
