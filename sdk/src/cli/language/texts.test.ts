// Every text for people has a translation in every language, or is in the list of untranslated texts. docs/guide/rex-desk.md,
// "Languages"
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { DESK_PROBLEMS } from '../../client/api/problems.ts'
import { REASONS } from '../../core/error.ts'
import { buildProgram } from '../program.ts'
import ar from './ar.json' with { type: 'json' }
import es from './es.json' with { type: 'json' }
import { erringIn, saidIn, unsaidIn } from './fixture.ts'
import fr from './fr.json' with { type: 'json' }
import { sentence } from './help.ts'
import type { Texts } from './language.ts'
import untranslated from './untranslated.json' with { type: 'json' }
import { CODES, LABELS, MISUSES, TITLES } from './vocabulary.ts'

/** Number of texts that are not translated yet. Reduce it; never increase it. */
const MOST = 678
const LANGUAGES: readonly Texts[] = [es, fr, ar]
const SDK = new URL('../../', import.meta.url).pathname

const read = (pattern: string) =>
  globSync(pattern, { cwd: SDK })
    .filter((file) => !/\.test\.ts$|\/fixture\.ts$|^testing\/|^cli\/schema\//.test(file))
    .sort()
    .map((file) => readFileSync(join(SDK, file), 'utf8'))

/** Returns the texts in the help of all verbs. */
function helps(): string[] {
  const nothing = new PassThrough()
  const { signal } = new AbortController()
  const shell = { stdin: nothing, stdout: nothing, stderr: nothing, environment: {}, now: Date.now }
  const program = buildProgram({ ...shell, signal, unread: signal } as never)
  return [program, ...program.commands].flatMap((command) => [
    command.summary(),
    ...(command.description() === sentence(command.summary()) ? [] : [command.description()]),
    ...[...command.options, ...command.registeredArguments].map(({ description }) => description),
    command.helpGroup(),
  ])
}

const commands = read('cli/**/*.ts')
const composed = /^a code of the list [a-z-]+: /
const SAID = new Set(
  [
    ...commands.flatMap(saidIn),
    ...helps().filter((text) => !composed.test(text)),
    ...Object.values(DESK_PROBLEMS).flatMap(({ when, action }) => [when, action]),
    ...Object.values(REASONS).map(({ hint }) => hint),
    ...[...LABELS, ...CODES, ...TITLES, ...MISUSES],
  ].filter((text) => /[A-Za-z]/.test(text)),
)
const ERRORS = new Set([
  ...read('**/*.ts').flatMap(erringIn),
  ...unsaidIn(readFileSync(`${SDK}cli/exit.ts`, 'utf8')),
])
const UNSAID = new Set(read('cli/{*.ts,{input,verb,view}/**/*.ts}').flatMap(unsaidIn))

test('the list of untranslated texts is exact, and only gets shorter', async () => {
  const missing = [...SAID, ...ERRORS].filter((text) => !Object.hasOwn(es.texts, text))
  const unsaid = [...UNSAID].filter((text) => !ERRORS.has(text) && !SAID.has(text))
  const all = { missing: [...new Set(missing)].sort(), unsaid: unsaid.sort() }
  await expect(`${JSON.stringify(all, undefined, 2)}\n`).toMatchFileSnapshot('untranslated.json')
  expect(untranslated.missing.length + untranslated.unsaid.length).toBeLessThanOrEqual(MOST)
})

test.each(LANGUAGES)(
  '$language has the same texts as the other languages, and no obsolete text',
  ({ texts, unconfirmed }) => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(es.texts).sort())
    expect(Object.keys(texts).filter((text) => !SAID.has(text) && !ERRORS.has(text))).toEqual([])
    expect(unconfirmed).toBe(true)
  },
)

test.each(LANGUAGES)('$language keeps the values of every text, and words to type', ({ texts }) => {
  const kept = (text: string) =>
    (text.match(/\{\d\}|--[a-z-]+|`[^`]+`|rex-(?:desk|gateway) [a-z]+/g) ?? []).sort()
  const strange = Object.entries(texts).filter(([english, own]) =>
    (typeof own === 'string' ? [own] : Object.values(own)).some(
      (text) => text.trim() === '' || JSON.stringify(kept(text)) !== JSON.stringify(kept(english)),
    ),
  )
  expect(strange).toEqual([])
})
