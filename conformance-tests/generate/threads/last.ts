// Cases that judge one message: the last message of a story, or its refer. docs/spec/thread.md, "Taking in"
import type { CaseFile } from '../../suite/case.ts'
import { type Happening, happening } from './events.ts'
import { judged, type Role, type Saying, Story } from './story.ts'

/** The last message of a story, and the expected verdict. */
export interface Last {
  readonly title: string
  readonly requirements: readonly string[]
  readonly verdict: string
  readonly role?: Role
  readonly event: Happening
  readonly saying?: Saying
  /** Transitions that the recipient makes before this message. Default: none. */
  readonly before?: readonly string[]
}

export function last(
  name: string,
  { title, requirements, verdict, role = 'recipient', event, saying: said = {}, before = [] }: Last,
): CaseFile {
  const story = new Story(name)
  story.refer()
  for (const transition of before) story.say('recipient', happening(transition))
  const written = story.say(role, event, said)
  const verdicts = story.written.map((one) => (one === written ? verdict : undefined))
  return judged(name, {
    title,
    requirements: ['REX-THR-060', ...requirements],
    judge: role === 'referrer' ? 'recipient' : 'referrer',
    story,
    expected: { verdicts },
  })
}

/** Makes a case whose story has only a refer. */
export function first(
  name: string,
  title: string,
  {
    requirements,
    verdict,
    event,
    saying: said = {},
  }: { requirements: readonly string[]; verdict: string; event?: Happening; saying?: Saying },
): CaseFile {
  const story = new Story(name)
  story.refer(said, event)
  return judged(name, {
    title,
    requirements: ['REX-THR-060', ...requirements],
    judge: 'recipient',
    story,
    expected: { verdicts: [verdict] },
  })
}

export const MALFORMED = 'refused MALFORMED'
export const UNKNOWN = 'from-the-future'
