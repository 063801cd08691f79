// The content of a send that its idempotency key identifies. docs/guide/desk.md, "Keys"
import type { Draft } from '../../core/referral/index.ts'
import type { SendOptions, To } from '../api/sending.ts'

/** Options with checked recipients. */
export interface Addressed extends SendOptions {
  readonly to: readonly To[]
}

/**
 * The draft and the options as given, names of presets included. Contents of presets, the time and the recipients'
 * keys are left out. The order of recipients and section types, and defaults written out, make no difference.
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
