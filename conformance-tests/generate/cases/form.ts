// Builders for the common forms of cases. docs/guide/conformance.md
import type { CaseFile } from '../../suite/case.ts'
import { base64url } from '../bytes/wire.ts'
import { type Built, build, type Plan } from '../message.ts'
import { MINUTE, NOW } from '../party.ts'

/** Time at which the envelopes were stored, unless a case states another time. */
export const STORED = NOW + MINUTE
/** The stages of REX-ENV-070. */
export type Stage = 'parse' | 'routing' | 'grant' | 'manifest' | 'signature' | 'binding' | 'section'

/** The members of a case, apart from its plan. */
export interface Saying {
  readonly title: string
  /** Requirements in addition to REX-ENV-070. */
  readonly requirements: readonly string[]
  readonly storedMs?: number
  /** Name of the organisation that opens the envelope. Default: ngo. */
  readonly opener?: string
  /** Names of the configurations that the opener has. */
  readonly configurations?: readonly string[]
}

const SUITE_FEATURE = (plan: Plan) => [plan.suite ?? 'REX-1']

function opening(name: string, built: Built, plan: Plan, saying: Saying): Omit<CaseFile, 'expect'> {
  const { title, requirements, storedMs = STORED, opener = 'ngo' } = saying
  const configurations = saying.configurations ?? ['hotline', 'ngo', 'police']
  return {
    name,
    title,
    requirements: [...new Set(['REX-ENV-070', ...requirements])],
    features: SUITE_FEATURE(plan),
    operation: 'open-envelope',
    input: { envelope: base64url(built.bytes), recipient: opener, storedMs, configurations },
  }
}

/** Makes the case of an envelope that opens. */
export function opens(name: string, plan: Plan, saying: Saying): CaseFile {
  const built = build(plan)
  const granted = built.grant.sections.map(({ index }) => [
    `section ${index}`,
    base64url(built.sections[index] as Uint8Array),
  ])
  const accepted = {
    manifest_digest: base64url(built.digest),
    envelope_digest: base64url(built.envelopeDigest),
    ...Object.fromEntries(granted),
  }
  return { ...opening(name, built, plan, saying), expect: { accepted } }
}

/** Makes the case of an envelope that is refused at a stage, with the reason UNOPENABLE unless `reason` gives another. */
export function refuses(
  name: string,
  stage: Stage,
  plan: Plan,
  saying: Saying,
  reason = 'UNOPENABLE',
): CaseFile {
  const refused = reason === 'KEY_EXPIRED' ? { reason: [reason] } : { stage, reason: [reason] }
  return { ...opening(name, build(plan), plan, saying), expect: { refused } }
}

/** Makes the case of an envelope that does not parse. */
export function unparsable(
  name: string,
  plan: Plan,
  { title, requirements, reason = ['MALFORMED'] }: Saying & { readonly reason?: readonly string[] },
): CaseFile {
  return {
    name,
    title,
    requirements,
    features: SUITE_FEATURE(plan),
    operation: 'parse-envelope',
    input: { envelope: base64url(build(plan).bytes) },
    expect: { refused: { reason } },
  }
}
