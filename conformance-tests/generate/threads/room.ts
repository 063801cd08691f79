// Cases of tracks that are full. docs/spec/thread.md, REX-THR-026 and REX-THR-079
import type { CaseFile } from '../../suite/case.ts'
import { eventBytes, type Happening, happening, saying } from './events.ts'
import { CONTENT, judged, Story } from './story.ts'

/** Maximum number of events in a track, and of their bytes, without the reserve for events that end the track. */
const MOST_EVENTS = 4096 - 16
const MOST_BYTES = 60 * 1024 * 1024

export function room(): CaseFile[] {
  const long = saying('note', [1, '😀'.repeat(20_000)], [2, 'en'])
  const used = eventBytes(happening('refer')).length + CONTENT.triage.length + CONTENT.handling.length
  return [
    full('events', 'A track with 4080 events takes no further one, but its end.', 'REX-THR-026', {
      event: happening('note'),
      times: MOST_EVENTS - 1,
    }),
    full('bytes', 'A track with 60 MiB of events takes no further one, but its end.', 'REX-THR-079', {
      event: long,
      times: Math.floor((MOST_BYTES - used) / eventBytes(long).length),
    }),
  ]
}

/**
 * Creates a case that fills a track. The recipient, whose verdicts the case checks, repeats an event until the track is full. After that, the
 * referrer sends the same event, and withdraws.
 */
function full(
  name: string,
  title: string,
  requirement: string,
  { event, times }: { readonly event: Happening; readonly times: number },
): CaseFile {
  const story = new Story(`room_${name}`)
  story.refer()
  const last = story.repeat('recipient', event, times)
  story.say('referrer', event)
  story.say('referrer', happening('withdraw'), { heads: [last.digest], counter: 1 })
  const verdicts: string[] = []
  verdicts[times] = 'sent'
  verdicts[times + 1] = 'refused LIMIT_EXCEEDED'
  verdicts[times + 2] = 'received'
  return judged(`room_${name}`, {
    title,
    requirements: [requirement, 'REX-THR-060'],
    features: ['volume'],
    judge: 'recipient',
    story,
    expected: { verdicts, state: 'withdrawn' },
  })
}
