// Describes a thread in plain sentences, for people under pressure. docs/guide/desk.md, "Threads"
import { calendarOf } from '../../../core/referral/labels/format-date.ts'
import { localeOf } from '../../../core/referral/locale.ts'
import type { ThreadView } from '../../api/thread.ts'
import { PHRASES, type Phrases } from './phrases.ts'

/** Names and language of a description. */
interface DescribeOptions {
  readonly organisation: string
  readonly nameOf: (organisation: string) => string
  readonly test: boolean
  /** The BCP 47 language tag. */
  readonly locale: string
}

/** The state of the track with one organisation. */
interface DescribedTrack {
  readonly counterpart: string
  readonly view: ThreadView
}

/**
 * Returns a line for each track: organisation, state, who is responsible, who owes what by when, and failures.
 * @throws RexError MALFORMED
 */
export function describeThread(tracks: readonly DescribedTrack[], options: DescribeOptions): string {
  const wanted = localeOf(options.locale)
  const spoken = Object.hasOwn(PHRASES, wanted.split('-')[0] ?? '')
  // Format dates in the language of the sentences, which is English if the wanted language has no phrases.
  const locale = spoken ? wanted : 'en'
  const say = PHRASES[locale.split('-')[0] ?? ''] as Phrases
  const lines = tracks.map((track) => describeTrack(track, say, { ...options, locale }))
  return [...(options.test ? [say.test] : []), ...lines].join('\n')
}

function describeTrack(
  { counterpart, view }: DescribedTrack,
  say: Phrases,
  options: DescribeOptions,
): string {
  const name = (id: string) => (id === options.organisation ? say.you : options.nameOf(id))
  const parts = [
    `${say.with}: ${name(counterpart)}.`,
    `${say.state}: ${worded(say.states, view.state)}.`,
    `${say.responsible}: ${name(view.responsible)}.`,
    ...(view.nextStep === undefined ? [] : stepParts(view.nextStep, say, { name, locale: options.locale })),
    ...failureParts(view, say),
  ]
  return parts.join(' ')
}

function stepParts(
  { who, what, byMs, overdue }: NonNullable<ThreadView['nextStep']>,
  say: Phrases,
  { name, locale }: { name: (id: string) => string; locale: string },
): string[] {
  const by = byMs === undefined ? '' : ` ${say.by} ${timeOf(byMs, locale)}`
  return [
    `${say.next}: ${name(who)}, ${worded(say.steps, what)}${by}.`,
    ...(overdue ? [`${say.overdue}.`] : []),
  ]
}

/** Formats the local date and time with its time zone. */
function timeOf(ms: number, locale: string): string {
  const parts = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  } as const
  return new Date(ms).toLocaleString(locale, { ...parts, ...calendarOf(locale), timeZoneName: 'short' })
}

/** Describes messages that did not arrive, unless a later message of the same type did arrive. */
function failureParts({ undelivered, unreceived, delivery }: ThreadView, say: Phrases): string[] {
  const last = new Map(delivery.map((message) => [message.type, message]))
  const lost = [...last.values()].flatMap(({ type, state }) =>
    type !== 'refer' && (state === 'refused' || state === 'expired') ? [{ type, outcome: state }] : [],
  )
  return [
    ...(undelivered === undefined ? [] : [`${say.undelivered} (${say.outcomes[undelivered.outcome]}).`]),
    ...(unreceived ? [`${say.unreceived}.`] : []),
    ...lost.map(
      ({ type, outcome }) => `${say.failed}: ${worded(say.events, type)} (${say.outcomes[outcome]}).`,
    ),
  ]
}

/** Returns the words for a code, or the code itself if it has none. */
function worded(words: Readonly<Record<string, string>>, code: string): string {
  return words[code] ?? code
}
