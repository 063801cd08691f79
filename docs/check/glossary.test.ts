import { existsSync, globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pages } from './pages/pages.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const SOURCES = '{sdk,gateway,examples,conformance-tests,bench,docs}/**/*.{ts,mjs,js}'
const FILES = '{sdk,gateway,examples,conformance-tests,bench,docs}/**/*.*'
const SKIPPED = ['**/node_modules/**', '**/dist/**', '**/coverage/**']
/** Matches comments, strings, regular expressions and templates. */
const NOT_CODE =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<=[(,=:[!&|?]\s*)\/(?:\\.|[^/\\\n])+\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g

const GLOSSARY = read('docs/glossary.md')
const [TERMS = '', UNUSED = ''] = GLOSSARY.split('\n## Words that are not used\n')
const [BANNED = '', ALLOWED = ''] = UNUSED.split('\n| allowed | because |\n')

/** A word or sequence of words that no name may contain. */
interface Banned {
  readonly word: string
  /** Whether the word is banned only as a whole identifier, case-sensitively. */
  readonly whole: boolean
  /** Word after which the banned word is allowed. */
  readonly after?: string | undefined
}

const banned: Banned[] = firstCells(BANNED).flatMap((cell) =>
  [...cell.matchAll(/`([\w-]+)`(?: alone, without `(\w+)`)?/g)].map(([, word, after]) => ({
    word: word as string,
    whole: cell.startsWith('('),
    after,
  })),
)
const allowed = new Set(
  firstCells(ALLOWED).flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name)),
)

function read(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8')
}

function firstCells(text: string): string[] {
  return [...text.matchAll(/^\| ([^|]+) \|/gm)]
    .map(([, cell]) => cell as string)
    .filter((cell) => cell !== 'not')
}

/** Returns the identifiers of a source, outside strings and comments. */
function identifiersOf(source: string): string[] {
  const code = source.replace(NOT_CODE, (text) =>
    text.startsWith('`') ? [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, inner]) => inner).join(' ') : ' ',
  )
  return code.match(/[A-Za-z_$][\w$]*/g) ?? []
}

/** Splits an identifier, a file name or a heading into words, in lower case. */
function wordsOf(name: string): string[] {
  return (name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase())
}

/** Returns whether a name contains a banned word. */
function isBanned(name: string): boolean {
  if (allowed.has(name)) return false
  const words = wordsOf(name)
  return banned.some(({ word, whole, after }) => {
    if (whole) return name === word
    const parts = word.split('-')
    return words.some(
      (_, i) =>
        parts.every((part, k) => words[i + k] === part) && (after === undefined || words[i - 1] !== after),
    )
  })
}

test('the check recognises words, whole identifiers and exceptions', () => {
  expect(banned.length).toBeGreaterThan(8)
  expect(
    ['openBook', 'Flight', 'flightOptions', 'SPEAK_MS', 'ownFiles', 'Greeted'].filter(isBanned),
  ).toHaveLength(6)
  expect(
    ['AddressBook', 'InFlightWindow', 'IN_FLIGHT', 'standing', 'greeted', 'voicemail'].filter(isBanned),
  ).toEqual([])
  expect(
    identifiersOf(`const a = 'bell' // bell\n/* bell */ \`bell \${chime}\` + rope; f(/bell: \\/\\/bell/)`),
  ).toEqual(['const', 'a', 'chime', 'rope', 'f'])
})

test('no identifier is a banned synonym', () => {
  const sources = globSync(SOURCES, { cwd: ROOT, exclude: SKIPPED })
  expect(sources.length).toBeGreaterThan(400)
  const found = sources.flatMap((file) =>
    [...new Set(identifiersOf(read(file)))].filter(isBanned).map((name) => `${file}: ${name}`),
  )
  expect(found).toEqual([])
})

test('no file name and no heading is a banned synonym', () => {
  const files = globSync(FILES, { cwd: ROOT, exclude: SKIPPED })
  expect(files.filter((file) => file.split('/').some(isBanned))).toEqual([])
  const headings = pages().flatMap((page) =>
    [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => ({ page, heading: heading as string })),
  )
  expect(headings.length).toBeGreaterThan(100)
  expect(headings.filter(({ heading }) => isBanned(heading))).toEqual([])
})

test('a term has one meaning, and the place that defines it exists', () => {
  const rows = [...TERMS.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].slice(1)
  const terms = rows
    .flatMap(([, term]) => (term as string).split(', '))
    .filter((term) => !/^-+$|^term$/.test(term))
  expect(terms.length).toBeGreaterThan(80)
  expect(terms.filter((term, i) => terms.indexOf(term) !== i)).toEqual([])
  const paths = [...TERMS.matchAll(/`((?:sdk|gateway|docs)\/[^`]+)`/g)].map(([, path]) => path as string)
  expect(paths.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([])
})
