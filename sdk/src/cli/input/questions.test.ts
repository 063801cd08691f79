// Tests of questions and answers in plain text. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import { answersDraft, parseAnswers, parseQuestions } from './questions.ts'

const OPEN = [
  { id: 'q1', text: 'Is the telephone shared?' },
  { id: 'q2', text: 'Which language?', path: 'people[0].languages' },
]
const ABSENCES = ['unknown', 'not-asked']

test('each line is a question, with the field it is about', () => {
  expect(parseQuestions('- Is the telephone shared?\n\n[people[0].languages] Which language?\n')).toEqual([
    { text: 'Is the telephone shared?' },
    { text: 'Which language?', path: 'people[0].languages' },
  ])
})

test('brackets without a path stay in the question', () => {
  expect(parseQuestions('[sic] yes [no]?')).toEqual([{ text: 'yes [no]?', path: 'sic' }])
  expect(parseQuestions('[not a path] why?')).toEqual([{ text: '[not a path] why?' }])
})

test('the draft names every question and says how to skip one', () => {
  const { text, help } = answersDraft(OPEN, ABSENCES)
  expect(text).toBe('q1: \nq2: ')
  expect(help).toContain('q2: Which language? [people[0].languages]')
  expect(help.join()).toContain('(unknown) (not-asked)')
})

test('answers follow their ids, over several lines; questions without an answer stay open', () => {
  expect(parseAnswers('q1: Yes:\nwith q2 people\nq2:', OPEN, ABSENCES)).toEqual([
    { id: 'q1', text: 'Yes:\nwith q2 people' },
  ])
  expect(parseAnswers('q2: (not-asked)\nq1: (perhaps)', OPEN, ABSENCES)).toEqual([
    { id: 'q2', absence: 'not-asked' },
    { id: 'q1', text: '(perhaps)' },
  ])
})

test('a text without ids answers the only question, and is refused if there are several', () => {
  expect(parseAnswers('Tigrinya.', OPEN.slice(1), ABSENCES)).toEqual([{ id: 'q2', text: 'Tigrinya.' }])
  expect(() => parseAnswers('Tigrinya.', OPEN, ABSENCES)).toThrow(/not clear which question/)
  expect(() => parseAnswers('', OPEN, ABSENCES)).toThrow(/No question is answered/)
})
