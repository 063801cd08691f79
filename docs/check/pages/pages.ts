// Reads requirements, headings, links and citations from the documentation pages. docs/spec/overview.md
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const ROOT = new URL('../../../', import.meta.url).pathname
const SOURCES = ['{sdk,gateway,examples,conformance-tests,bench,docs}/**/*.ts', 'proto/rex/**/*.proto']
const PAGES = ['*.md', '{docs,examples,bench,sdk,gateway,conformance-tests}/**/*.md']
const SKIPPED = ['**/node_modules/**', '**/dist/**', '**/coverage/**']

export interface Citation {
  /** File, relative to the root of the repository. */
  readonly file: string
  /** The cited target: a requirement id, a link, or a page with a heading. */
  readonly what: string
}

/** Returns the paths of all pages. */
export function pages(): string[] {
  return globSync(PAGES, { cwd: ROOT, exclude: SKIPPED }).sort()
}

/** Returns the paths of the chapters of the specification. */
export function chapters(): string[] {
  return pages().filter((page) => page.startsWith('docs/spec/'))
}

/** Returns the ids of the requirements that a page defines, in page order. */
export function definedIn(page: string): string[] {
  return [...read(page).matchAll(/^\*\*(REX-[A-Z]+-\d{3})\*\*/gm)].map(([, id]) => id as string)
}

/** Returns every requirement cited in sources and pages. A range, such as 020 to 027, counts as its two ends. */
export function citedIds(): Citation[] {
  const cited = /\b(REX-[A-Z]+-)(\d{3})((?:(?:,| to| and| or) \d{3}\b)*)/g
  return [...sources(), ...pages()].flatMap((file) =>
    [...read(file).matchAll(cited)].flatMap(([, list, first, more = '']) =>
      [first, ...(more.match(/\d{3}/g) ?? [])].map((number) => ({ file, what: `${list}${number}` })),
    ),
  )
}

/** Returns every relative link of a page as a path from the root, with its anchor if it has one. */
export function links(): Citation[] {
  return pages().flatMap((file) =>
    [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => ({ file, what: fromRoot(file, target) })),
  )
}

/** Returns every page with a heading that a source comment cites, such as `docs/spec/thread.md, "Order"`. */
export function citedHeadings(): Citation[] {
  return sources().flatMap((file) =>
    [...read(file).matchAll(/(docs\/[a-z]+\/[a-z-]+\.md), "([^"\n]+)"/g)].map(([, page, heading]) => ({
      file,
      what: `${page}#${anchorOf(heading as string)}`,
    })),
  )
}

/** Returns whether a path with an optional anchor exists. */
export function leadsSomewhere(target: string): boolean {
  const [path = '', anchor] = target.split('#')
  if (!existsSync(join(ROOT, path))) return false
  return anchor === undefined || anchors(path).has(anchor)
}

function sources(): string[] {
  return globSync(SOURCES, { cwd: ROOT, exclude: SKIPPED }).sort()
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

/** Returns a page without its code, because code contains no links or headings. */
function prose(page: string): string {
  return read(page)
    .replace(/^ *```[\s\S]*?^ *```/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]]/g, ' '))
}

function anchors(page: string): Set<string> {
  const found = new Set<string>()
  for (const [, heading] of prose(page).matchAll(/^#+ (.+)$/gm)) {
    const anchor = anchorOf(heading as string)
    const again = [...found].filter((one) => one.replace(/-\d+$/, '') === anchor).length
    found.add(again === 0 ? anchor : `${anchor}-${again}`)
  }
  return found
}

/** Returns the anchor that Markdown hosts generate for a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

function fromRoot(file: string, target: string): string {
  const [path = '', anchor] = target.split('#')
  const page = path === '' ? file : normalize(join(dirname(file), path))
  return anchor === undefined ? page : `${page}#${anchor}`
}
