import { expect, test } from 'vitest'
import {
  type Citation,
  chapters,
  citedHeadings,
  citedIds,
  definedIn,
  leadsSomewhere,
  links,
  pages,
} from './pages/pages.ts'

const OVERVIEW = 'docs/spec/overview.md'

const listed = (citations: readonly Citation[]) => citations.map(({ file, what }) => `${file}: ${what}`)

test('requirements and ids correspond one to one', () => {
  const defined = chapters().flatMap(definedIn)
  expect(defined.length).toBeGreaterThan(200)
  expect(defined.filter((id, i) => defined.indexOf(id) !== i)).toEqual([])
})

test('only the specification defines requirements, and each kind in one chapter', () => {
  const elsewhere = pages().filter((page) => !chapters().includes(page) && definedIn(page).length > 0)
  expect(elsewhere).toEqual([])
  const kinds = chapters().flatMap((page) => [...new Set(definedIn(page).map((id) => id.slice(0, -4)))])
  expect(kinds.filter((kind, i) => kinds.indexOf(kind) !== i)).toEqual([])
})

test('every requirement that is cited is defined', () => {
  const defined = new Set(chapters().flatMap(definedIn))
  const cited = citedIds()
  expect(cited.length).toBeGreaterThan(300)
  expect(listed(cited.filter(({ what }) => !defined.has(what)))).toEqual([])
})

test('every relative link of a page leads to a file and a heading', () => {
  const found = links()
  expect(found.length).toBeGreaterThan(100)
  expect(listed(found.filter(({ what }) => !leadsSomewhere(what)))).toEqual([])
})

test('every heading that a comment names exists', () => {
  const named = citedHeadings()
  expect(named.length).toBeGreaterThan(100)
  expect(listed(named.filter(({ what }) => !leadsSomewhere(what)))).toEqual([])
})

test('the overview links to every chapter', () => {
  const linked = new Set(links().flatMap(({ file, what }) => (file === OVERVIEW ? [what] : [])))
  expect(chapters().filter((page) => page !== OVERVIEW && !linked.has(page))).toEqual([])
})
