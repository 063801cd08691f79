// Checks the floors. Installs dependency-cruiser on first use. docs/adr/0027-floors.md
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
install()
const { checkFloors, FEWEST_MODULES, ROOT } = await import('./rules.mjs')
const { modules, violations } = await checkFloors(ROOT)
for (const { rule, from, to } of violations) console.error(`${from} → ${to}\n  ${rule}`)
if (modules < FEWEST_MODULES)
  console.error(`Only ${modules} modules were seen: the tool no longer understands the tree.`)
console.log(`Floors: ${modules} modules, ${violations.length} violations.`)
process.exitCode = violations.length === 0 && modules >= FEWEST_MODULES ? 0 : 1

/** Installs the tool from its lockfile, if it is not installed or the lockfile has changed. */
function install() {
  const lock = readFileSync(join(here, 'package-lock.json'), 'utf8')
  const installed = join(here, 'node_modules/.installed')
  try {
    if (readFileSync(installed, 'utf8') === lock) return
  } catch {}
  rmSync(installed, { force: true })
  execFileSync('npm', ['ci', '--prefix', here, '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  writeFileSync(installed, lock)
}
