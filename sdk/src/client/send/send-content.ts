// What a send is asked to do, as its idempotency key stands for it. docs/guide/desk.md, "Keys"
import type { Draft } from '../../core/referral/index.ts'
import type { SendOptions, To } from '../api/sending.ts'

/** Options whose recipients were checked. */
export interface Addressed extends SendOptions {
  readonly to: readonly To[]
}

/**
 * The draft and the options as they were given, names of presets included: what the presets hold, the time and the recipients'
 * keys are left out. Neither the order of recipients and section types counts, nor a default that is written out.
 */
export function sendContent(draft: Partial<Draft>, options: Addressed): unknown {
  const { to, ref, minimumSuite, lifetimeMs, follows } = options
  const recipients = to
    .map(({ organisation, sections, staged }) => [organisation, sorted(sections), sorted(staged)])
    .sort()
  return [
    'send',
    { lane: 'routine', ...Object(draft) },
    recipients,
    { ref, minimumSuite, lifetimeMs, follows },
  ]
}

function sorted(types: readonly string[] | undefined): readonly string[] | null {
  return types === undefined ? null : [...new Set(types)].sort()
}
