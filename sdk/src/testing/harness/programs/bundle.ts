// Bundles the commands of this checkout. A bundle starts in two fifths of the processor time that hundreds of modules take. Tests that
// start many processes make the bundles first. CONTRIBUTING.md
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { COST_FILE, cheaper } from './cheaper.ts'
import { ROOT } from './path.ts'

/** In `node_modules`, so that a command behaves like an installed one and finds its optional packages. */
const CACHE = join(ROOT, 'node_modules/.cache')
const PROGRAMS = { 'rex-desk': 'sdk', 'rex-gateway': 'gateway' }

/** Reduces the cost of key derivation for new keystores to a hundredth, as in cheap-keystores.ts. */
const cheapKeystores: Plugin = {
  name: 'cheap keystores',
  setup({ onLoad }) {
    onLoad({ filter: COST_FILE }, ({ path }) => ({
      contents: cheaper(readFileSync(path, 'utf8')),
      loader: 'ts',
    }))
  },
}

/**
 * Bundles the commands. Returns a new folder with them, which the caller removes; add its `node_modules/.bin` to PATH. `cheap`: new
 * keystores cost a hundredth.
 */
export async function bundlePrograms({ cheap = false } = {}): Promise<string> {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, 'programs-'))
  chmodSync(folder, 0o755) // Some tests run a command as another user.
  const commands = join(folder, 'node_modules/.bin')
  mkdirSync(commands, { recursive: true })
  symlinkSync(process.execPath, join(commands, 'node'))
  await Promise.all(
    Object.entries(PROGRAMS).map(async ([command, of]) => {
      for (const name of ['bin', 'package.json'])
        cpSync(join(ROOT, of, name), join(folder, of, name), { recursive: true })
      symlinkSync(`../../${of}/bin/${command}.js`, join(commands, command))
      await bundle(of, folder, cheap)
    }),
  )
  return folder
}

async function bundle(of: string, folder: string, cheap: boolean): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: [`${of}/src/cli/main.ts`],
    outdir: join(folder, of, 'dist/cli'),
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    conditions: ['@rex/source'],
    // Modules that are imported on demand have their export names only as ECMAScript modules.
    mainFields: ['module', 'main'],
    external: ['pg', 'nodemailer'],
    logLevel: 'error',
    // Some dependencies are CommonJS modules, which need `require`.
    banner: { js: "import { createRequire as _r } from 'node:module'; const require = _r(import.meta.url)" },
    plugins: cheap ? [cheapKeystores] : [],
  })
}

/** Setup of a whole test run: makes the bundles, and removes them at the end. */
export default async function setup(): Promise<() => void> {
  const folder = await bundlePrograms({ cheap: true })
  process.env.REX_PROGRAMS = folder
  process.env.NODE_COMPILE_CACHE ??= join(folder, 'compiled')
  return () => rmSync(folder, { recursive: true })
}
