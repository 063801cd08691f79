// Parses questions and answers in plain text, one per line. docs/guide/rex-desk.md, "Questions and answers"

import { UsageError } from '../exit.ts'
import { t } from '../language/language.ts'

/** A question in the form that the desk accepts. */
export interface Question {
  readonly text: string
  /** Path of the field in question. */
  readonly path?: string
}

/** An open question of a thread. */
export interface OpenQuestion extends Question {
  readonly id: string
}

/** An answer in the form that the desk accepts: a text, or a code that states why there is no answer. */
interface GivenAnswer {
  readonly id: string
  readonly text?: string
  readonly absence?: string
}

/** Parses one question per line. A `[path]` at the beginning of a line names the field in question. */
export function parseQuestions(text: string): Question[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^\s*[-*]\s+/, '').trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, path, question = line] = /^\[([^\s\]]+(?:\[\d+\][^\s\]]*)*)\]\s+(.*)$/.exec(line) ?? []
      return path === undefined ? { text: question } : { text: question, path }
    })
}

/** Returns a form to fill in: `id: ` for each open question, with the question as a help line. */
export function answersDraft(
  open: readonly OpenQuestion[],
  absences: readonly string[],
): { text: string; help: string[] } {
  return {
    text: open.map(({ id }) => `${id}: `).join('\n'),
    help: [
      t`Write each answer after its id. An answer may have several lines.`,
      t`If there is no answer, give the reason in brackets: ${absences.map((code) => `(${code})`).join(' ')}`,
      t`A question without an answer stays open.`,
      '',
      ...open.map(({ id, text, path }) => `${id}: ${text}${path === undefined ? '' : ` [${path}]`}`),
    ],
  }
}

/**
 * Parses answers that begin with the ids of open questions. A text without ids answers the only open question.
 * @throws UsageError if it is unclear which question a text answers, or if nothing is answered
 */
export function parseAnswers(
  text: string,
  open: readonly OpenQuestion[],
  absences: readonly string[],
): GivenAnswer[] {
  const answers = new Map<string, string[]>()
  let current: string | undefined
  for (const line of text.split('\n')) {
    const found = open.find(({ id }) => line.startsWith(`${id}:`))
    if (found === undefined && current === undefined && line.trim() === '') continue
    const id: string = found?.id ?? current ?? onlyOne(open).id
    const rest = found === undefined ? line : line.slice(id.length + 1)
    answers.set(id, [...(answers.get(id) ?? []), rest])
    current = id
  }
  const given = [...answers].flatMap(([id, lines]) => answerOf(id, lines.join('\n').trim(), absences))
  if (given.length === 0)
    throw new UsageError('No question is answered.', 'Write an answer after the id of a question.')
  return given
}

function answerOf(id: string, text: string, absences: readonly string[]): GivenAnswer[] {
  if (text === '') return []
  const absence = absences.find((code) => text === `(${code})`)
  return [absence === undefined ? { id, text } : { id, absence }]
}

function onlyOne(open: readonly OpenQuestion[]): OpenQuestion {
  const [only, ...others] = open
  if (only === undefined || others.length > 0)
    throw new UsageError(
      'It is not clear which question is answered.',
      `Begin each answer with its id: ${open.map(({ id }) => `${id}:`).join(' ')}`,
    )
  return only
}
