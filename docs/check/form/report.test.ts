// Tests that people can read the report of rex-conformance: in a browser, light and dark, on a telephone, and by keyboard alone. docs/guide/conformance.md
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { coverage } from '../../../conformance-tests/runner/coverage.ts'
import { htmlReport } from '../../../conformance-tests/runner/reports/html.ts'
import { OUTCOME_WORDS } from '../../../conformance-tests/runner/reports/words.ts'
import type { Outcome } from '../../../conformance-tests/runner/verdict.ts'
import { BROWSER, openBrowser } from './browser.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PHONE = 360

const TEXT = 'A receiver MUST check the signature of a manifest before it uses the content.'
const defined = new Map(
  ['REX-ENV-070', 'REX-THR-011'].map((id) => [id, { text: TEXT, binds: new Set(['receiver', 'desk']) }]),
)

/** A report with every outcome, and with long words in it. */
function report(outcomes = Object.keys(OUTCOME_WORDS) as Outcome[]): string {
  const verdicts = outcomes.map((outcome, i) => ({
    suite: i % 2 ? 'security' : 'loop',
    name: `case_${i}`,
    title: `A spoilt signature is refused, number ${i}.`,
    requirements: ['REX-ENV-070'],
    features: i % 3 ? ['REX-2'] : [],
    outcome,
    expected: 'step 2 (see): to see {"do":"see","what":"receipt","status":"refused"}',
    received: `{"what":"receipt","about":["${'0123456789abcdef'.repeat(8)}"]}\nSeen last:\n{"what":"lease"}`,
    exchange: {
      steps: ['{"do":"open"}', `{"do":"see","what":"${'long'.repeat(60)}"}`],
      lastFailed: i % 2 === 0,
      leftOut: 3,
    },
  }))
  return htmlReport(
    { target: { version: 1, name: 'a desk', features: ['desk', 'clock'] }, verdicts },
    {
      target: 'our desk',
      kind: 'desk',
      made: new Date('2026-11-30T12:00:00Z'),
      repeat: 'rex-conformance run --target desk',
      textOf: () => TEXT,
      coverage: coverage([{ name: 'case_0', requirements: ['REX-ENV-070'] }], defined),
    },
  )
}

describe.skipIf(BROWSER === undefined)(
  `the report${BROWSER ? '' : ' (skipped: install chromium, or name a browser in REX_BROWSER)'}`,
  () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await openBrowser()
    })
    afterAll(() => browser?.close())

    async function opened(
      html: string,
      look: { width: number; colorScheme: 'light' | 'dark' },
    ): Promise<Page> {
      const { width, colorScheme } = look
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
      await page.setContent(html)
      return page
    }

    test.each([
      ['light', 1100],
      ['dark', 1100],
      ['light', PHONE],
      ['dark', PHONE],
    ] as const)(
      '%s, %i pixels wide: axe finds nothing, and nothing is cut off',
      async (colorScheme, width) => {
        for (const html of [report(), report(['passed'])]) {
          const page = await opened(html, { width, colorScheme })
          await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true')
          await page.evaluate(AXE)
          const { violations, passes } = await page.evaluate<AxeResults>('axe.run()')
          expect(
            violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html: node }) => node).join(' ')}`),
          ).toEqual([])
          expect(passes.map(({ id }) => id)).toContain('color-contrast')
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
          await page.close()
        }
      },
    )

    test('by keyboard alone: every control is reached in order and shows its focus', async () => {
      const page = await opened(report(['failed', 'skipped', 'crashed']), {
        width: 1100,
        colorScheme: 'light',
      })
      const reached: string[] = []
      for (let i = 0; i < 12; i++) {
        await page.keyboard.press('Tab')
        const [words, outline] = await page.evaluate<[string, string]>(
          '[document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent, getComputedStyle(document.activeElement).outlineStyle]',
        )
        if (outline === 'none') break
        reached.push(words)
      }
      expect(reached).toEqual([
        'To the results',
        'Results by suite',
        'Why cases were skipped (1)',
        'What the outcomes mean',
        'A spoilt signature is refused, number 0.',
        'A spoilt signature is refused, number 2.',
        'What was seen last',
        'What was seen last',
      ])
      await page.locator('summary').first().focus()
      await page.keyboard.press('Enter')
      expect(await page.locator('details').first().getAttribute('open')).toBe('')
      await page.locator('nav a').last().focus()
      await page.keyboard.press('Enter')
      expect(await page.evaluate('document.activeElement.id || location.hash')).toContain('case_2')
    })
  },
)
