// Tests that people can fill in the form that a form builder makes of the JSON Schema, even on a telephone. docs/spec/referral.md, "Validation"
import { parseReferral } from '@rex/sdk/referral'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BROWSER, openBrowser, openPage } from './browser.ts'

const VICTIM_SUPPORT = [
  'kind',
  'test',
  'lane',
  'triage',
  'handling',
  'consents',
  'people',
  'contact',
  'narrative',
]

/** Returns the data that the form has passed to the page. */
const result = (page: Page) =>
  page.evaluate<{ filled?: object; validation?: { ok: boolean } }>(
    '({ filled: window.filled, validation: window.validation })',
  )
const field = (page: Page, path: string) => page.locator(`[id="root_${path.replaceAll('.', '_')}"]`)
const chosen = (select: Locator) => select.locator('option:checked').textContent()
const add = (page: Page, path: string) =>
  page
    .locator(
      `[id="root_${path.replaceAll('.', '_')}__add"], [id="root_${path.replaceAll('.', '_')}__optionalAdd"]`,
    )
    .click()

describe.skipIf(BROWSER === undefined)(
  `a form${BROWSER ? '' : ' (skipped: install chromium, or name a browser in REX_BROWSER)'}`,
  () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await openBrowser()
    })
    afterAll(() => browser?.close())

    test('claims nothing that nobody filled in, and names what is missing', async () => {
      const page = await openPage(browser, 'page.ts', {
        shown: { kind: 'victim-support', locale: 'en', sections: VICTIM_SUPPORT },
        width: 1000,
      })
      await page.locator('button[type=submit]').click()
      const errors = await page.locator('.panel-danger').innerText()
      for (const name of ['Triage', 'Handling', 'Consents', 'People']) expect(errors).toContain(`'${name}'`)
      expect(await result(page)).toEqual({})
      expect(await chosen(field(page, 'triage.risk'))).toBe('')
    })

    test('yields a referral that can be sent, when filled in by its visible labels', async () => {
      const page = await openPage(browser, 'page.ts', {
        shown: { kind: 'victim-support', locale: 'en', sections: VICTIM_SUPPORT },
        width: 1000,
      })
      await page.getByLabel('Rehearsal, not a real case').check()
      await page.getByLabel('Risk', { exact: true }).selectOption({ label: 'High' })
      await page.getByLabel('Country', { exact: true }).fill('UA')
      await page.getByLabel('Traffic Light Protocol').selectOption({ label: 'TLP:AMBER+STRICT' })
      await add(page, 'consents')
      await page.getByLabel('Legal basis').selectOption({ label: 'Vital interests' })
      await add(page, 'people')
      await page.getByLabel('Id in this referral').fill('child')
      await add(page, 'people.0.roles')
      await field(page, 'people.0.roles.0').selectOption({ label: 'The child' })
      await page.getByLabel('Date of birth').fill('2014-05~')
      await add(page, 'contact')
      await add(page, 'contact.channels')
      await add(page, 'contact.channels')
      await field(page, 'contact.channels.0.person').fill('child')
      await field(page, 'contact.channels.0.type').selectOption({ label: 'In person' })
      await field(page, 'contact.channels.0.value').fill('at the office')
      // The first click opens the optional list, the second adds an entry.
      await add(page, 'narrative')
      await add(page, 'narrative')
      await field(page, 'narrative.0.text').fill('Called the helpline.\nAsked for a place to stay.')
      await field(page, 'narrative.0.language').fill('en')
      await page.locator('button[type=submit]').click()
      await expect.poll(() => result(page)).toMatchObject({ validation: { ok: true } })
      const { filled } = await result(page)
      expect(parseReferral(filled)).toEqual({
        kind: 'victim-support',
        test: true,
        triage: { risk: 'high', country: 'UA' },
        handling: { tlp: 'amber-strict' },
        consents: [{ legalBasis: 'vital-interests' }],
        people: [{ id: 'child', roles: ['principal-child'], dateOfBirth: '2014-05~' }],
        contact: { channels: [{ person: 'child', type: 'in-person', value: 'at the office' }] },
        narrative: [{ text: 'Called the helpline.\nAsked for a place to stay.', language: 'en' }],
      })
    })

    test('refuses a date of another format beside its field', async () => {
      const page = await openPage(browser, 'page.ts', {
        shown: { kind: 'victim-support', locale: 'en', sections: VICTIM_SUPPORT },
        width: 1000,
      })
      await page.getByLabel('Needed by').fill('next week')
      await page.locator('button[type=submit]').click()
      expect(await page.locator('.panel-danger').innerText()).toContain("'Needed by' must match")
    })

    test('fits the screen of a telephone, in the language of its users', async () => {
      const sections = ['kind', 'test', 'triage', 'handling', 'items', 'incident']
      const page = await openPage(browser, 'page.ts', {
        shown: { kind: 'content-removal', locale: 'ar', sections },
        width: 390,
      })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
      expect(await page.getByLabel('الخطر', { exact: true }).isVisible()).toBe(true)
      await field(page, 'triage.risk').selectOption({ label: 'مرتفع' })
      expect(await chosen(field(page, 'triage.risk'))).toBe('مرتفع')
    })
  },
)
