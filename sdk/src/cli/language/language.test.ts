// Texts for people are translated; output for programs never is. docs/guide/rex-desk.md, "Languages"
import { describe, expect, test } from 'vitest'
import { DESK_PROBLEMS } from '../../client/api/problems.ts'
import { RexError } from '../../core/error.ts'
import { runDesk } from '../../testing/harness/commands.ts'
import { errorLines } from '../exit.ts'
import { plain } from '../output/lines.ts'
import { render } from '../output/screen.ts'
import { widthOf } from '../output/wrap.ts'
import { readStatus, statusLines } from '../view/status.ts'
import { facts, stepPieces } from '../view/words.ts'
import { chooseLanguage } from './choose.ts'
import { inLanguage, type Language, t } from './language.ts'

const language = async (tag: string) => (await chooseLanguage(['--lang', tag], {})) as Language
const shown = (lines: Parameters<typeof render>[0]) => render(lines, { colour: false })
const said = (error: unknown) => shown(errorLines(error))

test.each([
  [[], {}, undefined],
  [[], { LANG: 'es_ES.UTF-8' }, 'es'],
  [[], { LANG: 'es', LC_MESSAGES: 'fr_CA' }, 'fr'],
  [[], { LANG: 'es', LC_MESSAGES: 'fr', LC_ALL: 'ar_SY.UTF-8@x' }, 'ar'],
  [[], { LANG: 'es', LC_ALL: 'C' }, undefined],
  [[], { LANG: 'es', LC_ALL: '' }, 'es'],
  [[], { LANG: 'tlh' }, undefined],
  [[], { LANG: '__proto__' }, undefined],
  [['--lang', 'fr'], { LC_ALL: 'ar' }, 'fr'],
  [['inbox', '--lang=ar'], {}, 'ar'],
  [['inbox', '--lang', 'en'], { LC_ALL: 'ar' }, undefined],
])('%j with %j uses %s', async (parameters, environment, tag) => {
  expect((await chooseLanguage(parameters, environment))?.language).toBe(tag)
})

describe.each(['es', 'fr', 'ar'])('%s', (tag) => {
  test('programs read the same as in English, with the same exit codes', async () => {
    for (const verb of [
      ['codes'],
      ['codes', 'decline'],
      ['lint', '-'],
      ['status', '--dir', '/nowhere'],
      ['acept'],
    ]) {
      const input = '{"kind": "advisory"}'
      const english = await runDesk([...verb, '--json'], { input })
      expect(await runDesk([...verb, '--json', '--lang', tag], { input })).toEqual(english)
      expect((await runDesk(verb, { input, env: { LC_ALL: tag } })).code).toBe(english.code)
    }
  })

  test('help, findings and errors are translated', async () => {
    const help = (await runDesk(['--help', '--lang', tag])).stdout
    expect(help).not.toMatch(/Usage:|Every day|list referrals/)
    expect((await runDesk(['acept', '--lang', tag])).stderr).not.toMatch(/Unknown|Did you mean/)
    expect(
      (await runDesk(['lint', '-', '--lang', tag], { input: '{"kind": "advisory"}' })).stdout,
    ).not.toContain('this cannot be sent')
    const speaking = await language(tag)
    const error = new RexError('HANDLING_REFUSED', 'The rules forbid it for x.')
    expect(inLanguage(speaking, () => said(error))).toContain('The rules forbid it for x.')
    expect(inLanguage(speaking, () => said(error))).not.toContain('Follow the handling rules')
  })

  test('a problem is described by its code, followed by the English text with the values', async () => {
    const problem = { code: 'undelivered', severity: 'critical', message: 'It is 7f3a91c2.' } as const
    const health = {
      referrals: 0,
      certificateExpiresMs: 0,
      keysSinceMs: 0,
      credential: 'c',
      gateway: 'g',
      keysWait: true,
      timeMs: 0,
    }
    const state = { organisation: 'https://ngo.example', mine: [], parked: [], peers: [] }
    const status = readStatus({ ...state, health: { ...health, problems: [problem] } })
    const text = inLanguage(await language(tag), () => shown(statusLines(status)))
    expect(text).toContain('It is 7f3a91c2.')
    expect(text).not.toContain(DESK_PROBLEMS.undelivered.when)
    expect(shown(statusLines(status))).toContain('!! It is 7f3a91c2.\n')
  })

  test('a text that protects somebody also shows the English', async () => {
    const step = { who: 'https://a.example', what: 'await-arrival', byMs: 0, overdue: true }
    const pieces = () => stepPieces(step, { organisation: 'https://a.example', now: 0 }, 'https://b.example')
    expect(inLanguage(await language(tag), () => shown([pieces()]))).toMatch(/call them, overdue\u2069?\]/)
  })
})

test('in Arabic, values and cells are isolated, in columns that stay aligned', async () => {
  const rows = inLanguage(await language('ar'), () =>
    facts([
      ['thread', '7f3a91c2'],
      ['open referrals', t`${3}, of which ${1} wait for you`],
    ]),
  )
  const text = shown(rows)
  expect(text).toContain('\u2068')
  expect(text.split('\u2068').length).toBe(text.split('\u2069').length)
  const before = rows.map((row) => widthOf(plain([(row as [string])[0]])))
  expect(new Set(before).size).toBe(1)
})

test('T-122 only this program controls a terminal: direction marks in input are shown as codes', async () => {
  const hostile = '\u2067\u202eabc\u2069\ufdd0\ufdd1'
  const text = inLanguage(await language('ar'), () => shown([t`Saved as ${hostile}.`, [hostile]]))
  expect(text).toContain('\\u{2067}\\u{202e}abc\\u{2069}\\u{fdd0}\\u{fdd1}')
  expect(text.match(/[\u2066-\u2069\u202a-\u202e\ufdd0-\ufdef]/gu)).toEqual(['\u2068', '\u2069'])
})

test('forms for numbers: the plural category of the language decides', () => {
  const forms = { one: 'un mensaje', other: '{0} mensajes' }
  const spanish = {
    language: 'es',
    texts: { '{0} messages': forms },
    rightToLeft: false,
  } as unknown as Language
  expect(inLanguage(spanish, () => [t`${1} messages`, t`${5} messages`])).toEqual([
    'un mensaje',
    '5 mensajes',
  ])
})
