// A thread in plain sentences, for people under pressure. docs/guide/desk.md, "Threads"
import type { ThreadView } from './api.ts'

/** Who is who, and how to say it. */
export interface DescribeOptions {
  readonly organisation: string
  readonly nameOf: (organisation: string) => string
  readonly test: boolean
  readonly locale: string
}

type Phrases = Readonly<Record<'test' | 'state' | 'responsible' | 'next' | 'by' | 'overdue' | 'you', string>>

const PHRASES: Readonly<Record<string, Phrases>> = {
  en: {
    test: 'REHEARSAL, not a real case.',
    state: 'State',
    responsible: 'Responsible',
    next: 'Next',
    by: 'by',
    overdue: 'OVERDUE',
    you: 'you',
  },
  es: {
    test: 'SIMULACRO, no es un caso real.',
    state: 'Estado',
    responsible: 'Responsable',
    next: 'Próximo paso',
    by: 'antes del',
    overdue: 'VENCIDO',
    you: 'usted',
  },
  fr: {
    test: 'EXERCICE, pas un cas réel.',
    state: 'État',
    responsible: 'Responsable',
    next: 'Prochaine étape',
    by: 'avant le',
    overdue: 'EN RETARD',
    you: 'vous',
  },
  ar: {
    test: 'تدريب، ليست حالة حقيقية.',
    state: 'الحالة',
    responsible: 'المسؤول',
    next: 'الخطوة التالية',
    by: 'قبل',
    overdue: 'متأخر',
    you: 'أنت',
  },
}

/** One line for each track: state, who is responsible, who owes what by when. */
export function describeThread(views: readonly ThreadView[], options: DescribeOptions): string {
  const say = PHRASES[options.locale.split('-')[0] ?? ''] ?? (PHRASES.en as Phrases)
  const lines = views.map((view) => describeTrack(view, say, options))
  return [...(options.test ? [say.test] : []), ...lines].join('\n')
}

function describeTrack(
  { state, responsible, nextStep }: ThreadView,
  say: Phrases,
  options: DescribeOptions,
): string {
  const name = (id: string) => (id === options.organisation ? say.you : options.nameOf(id))
  const parts = [`${say.state}: ${state}.`, `${say.responsible}: ${name(responsible)}.`]
  if (nextStep === undefined) return parts.join(' ')
  const by =
    nextStep.byMs === undefined ? '' : ` ${say.by} ${new Date(nextStep.byMs).toLocaleString(options.locale)}`
  parts.push(`${say.next}: ${name(nextStep.who)}, ${nextStep.what}${by}.`)
  if (nextStep.overdue) parts.push(say.overdue)
  return parts.join(' ')
}
