// Reasons that forbid the erasure of a thread. docs/guide/desk.md, "Erasure"
import type { DeskContext } from '../context.ts'
import { openDestructions } from '../thread/content/verb-content.ts'
import type { OpenThread } from '../thread/repository/open-thread.ts'
import { OPEN } from '../thread/states.ts'
import { viewOf } from '../thread/view/view.ts'

/** Steps that the erasure performs itself, so they do not forbid it. */
const ANSWERS: ReadonlySet<string> = new Set(['attest-recall', 'acknowledge-consent'])

/**
 * Returns a sentence that states why a thread must not be erased now: it is under legal hold, a step is owed, or a message is held or unanswered.
 * `answered`: the organisation whose recall or withdrawal of consent the erasure answers.
 */
export function owedIn(desk: DeskContext, thread: OpenThread, answered?: string): string | undefined {
  if (thread.summary.hold !== undefined) return 'it is under legal hold.'
  for (const counterpart of thread.tracks.keys()) {
    const { nextStep, held, frozen } = viewOf(thread, counterpart, desk)
    if (held.length > 0 || frozen !== undefined) return `a message of ${counterpart} waits for a person.`
    const isAnswered = counterpart === answered && ANSWERS.has(nextStep?.what ?? '')
    if (isAnswered && openDestructions({ thread, counterpart, now: desk.clock.now() }) > 1)
      return `an erasure answers one recall or withdrawal of consent, and ${counterpart} has sent several.`
    if (nextStep !== undefined && !isAnswered) return `${nextStep.who} still owes a step (${nextStep.what}).`
  }
  const open = desk.store.read.deliveries(thread.id).find(({ state }) => OPEN.has(state))
  return open && `a message to ${open.recipient} has no answer yet.`
}
