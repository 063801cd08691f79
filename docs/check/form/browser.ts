// Opens pages in the installed Chromium. docs/adr/0042-codes-labels-and-schema-apart.md
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { bundle } from '../release/doors.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** Paths at which Debian and other systems install Chromium. `REX_BROWSER` sets another path. */
const PLACES = [
  process.env.REX_BROWSER,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** Path of the installed browser, or undefined if none is installed. */
export const BROWSER = PLACES.find((path) => path !== undefined && existsSync(path))

const STYLE = `
  body { font: 16px/1.4 system-ui, sans-serif; margin: 0 auto; max-width: 46rem; padding: 1rem }
  fieldset { border: 1px solid #bbb; border-radius: 6px; margin: 1rem 0; min-width: 0; padding: .5rem 1rem }
  legend { font-weight: 600 } label { display: block; font-weight: 500; margin-top: .75rem }
  input:not([type=checkbox], [type=radio]), select, textarea { box-sizing: border-box; font: inherit; padding: .4rem; width: 100% }
  .field-description, .help-block { color: #555; font-size: .875rem; margin: .1rem 0 } .required { color: #b00 }
  .text-danger, .panel-danger { color: #b00 } button { font: inherit; margin: .25rem } button[title]::after { content: attr(title) }`

/** Starts a headless browser. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: BROWSER as string, args: ['--no-sandbox', '--disable-gpu'] })
}

/** The bundle of each module. All tests of a file share it, because making a bundle takes longer than most tests. */
const bundles = new Map<string, Promise<string>>()

function bundled(module: string): Promise<string> {
  const made = bundles.get(module) ?? bundle(`import './${module}'`, HERE, ['@rex/source']).then(asText)
  bundles.set(module, made)
  return made
}

const asText = ({ contents }: { readonly contents: Uint8Array }) => new TextDecoder().decode(contents)

/** Opens a page that runs the module next to this file with `shown`. Errors on the page make the test fail. */
export async function openPage(
  browser: Browser,
  module: string,
  { shown, width }: { readonly shown: unknown; readonly width: number },
): Promise<Page> {
  const content = await bundled(module)
  const page = await browser.newPage({ viewport: { width, height: 900 } })
  await page.setContent(
    `<!doctype html><meta name="viewport" content="width=device-width"><style>${STYLE}</style>`,
  )
  await page.evaluate(`window.shown = ${JSON.stringify(shown)}`)
  await page.addScriptTag({ type: 'module', content })
  await page.locator('form').waitFor()
  return page
}
