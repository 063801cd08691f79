// Refuses actions that the handling rules do not permit. docs/spec/referral.md, "Handling"
import { RexError } from '../../input/refusal.ts'
import { knownCode } from '../codes/codes.ts'
import { instantMs } from '../dates.ts'
import { CONTRADICTIONS } from '../messages/findings.ts'
import type { SectionContent } from '../section.ts'
import type { Handling } from '../types.ts'
import { handlingContradictions, handlingTooWide } from './contradictions.ts'

/** The intended action: send or receive a referral, disclose a section, forward a referral, or export it from REX. */
export type HandlingAction = 'send' | 'receive' | 'disclose' | 'forward' | 'export'

/** An action to be checked. */
interface HandlingRequest {
  /** The content known so far, including the handling section. */
  readonly referral: SectionContent
  readonly action: HandlingAction
  /** Unix milliseconds. */
  readonly now: number
  /** Entity identifier of the receiving organisation. Only for `forward`. */
  readonly to?: string
  /** Whether the sender has agreed to this particular forward or export. Default: false. */
  readonly agreed?: boolean
}

type Rule = (
  handling: Handling,
  request: HandlingRequest,
) => readonly [broken: boolean, field: string, message: string]

const EVERY: readonly Rule[] = [
  ({ tlp }) => [!knownCode('tlp', tlp), 'tlp', 'is an unknown label; a person decides'],
  ({ expires }, { now }) => [
    expires !== undefined && (instantMs(expires) ?? 0) <= now,
    'expires',
    'has passed, so the permission has ended',
  ],
]

const TAKING_OUT: readonly Rule[] = [
  ({ permittedActions = [] }) => [permittedActions.includes('none'), 'permittedActions', 'permits nothing'],
  ({ permittedActions = [] }, { agreed = false }) => [
    permittedActions.includes('contact-for-instruction') && !agreed,
    'permittedActions',
    'asks to contact the sender first',
  ],
]

const FORWARD: readonly Rule[] = [
  ...TAKING_OUT,
  ({ tlp }) => [
    tlp === 'red' || tlp === 'amber-strict',
    'tlp',
    'restricts it to the organisation that received it',
  ],
  ({ onward }) => [onward === 'not-allowed', 'onward', 'does not allow passing it on'],
  ({ onward = 'ask-first', onwardTo = [] }, { to, agreed = false }) => [
    onward !== 'allowed' && !agreed && !(to !== undefined && onwardTo.includes(to)),
    'onward',
    'requires the agreement of the sender first',
  ],
]

const EXPORT: readonly Rule[] = [
  ...TAKING_OUT,
  ({ tlp }, { agreed = false }) => [
    tlp === 'red' && !agreed,
    'tlp',
    'restricts it to the people who received it',
  ],
]

const RULES: Readonly<Record<HandlingAction, readonly Rule[]>> = {
  send: EVERY,
  receive: [],
  disclose: EVERY,
  forward: [...EVERY, ...FORWARD],
  export: [...EVERY, ...EXPORT],
}

/**
 * Checks an action against the handling rules (REX-REF-080 to 085). Every action is refused if the rules are missing or contradict
 * themselves or the content.
 * @throws RexError HANDLING_REFUSED with the path of the rule
 */
export function checkHandling(request: HandlingRequest): void {
  const { referral, action } = request
  const { handling } = referral
  if (handling === undefined) throw refused('handling', 'is missing, so nothing is permitted')
  const [contradiction] = [...handlingContradictions(handling), ...handlingTooWide(referral)]
  if (contradiction !== undefined) throw refused(contradiction.path, CONTRADICTIONS[contradiction.rule])
  for (const rule of RULES[action]) {
    const [broken, field, message] = rule(handling, request)
    if (broken) throw refused(`handling.${field}`, message)
  }
}

function refused(path: string, message: string): RexError {
  return new RexError('HANDLING_REFUSED', `${path} ${message}.`, { path })
}
