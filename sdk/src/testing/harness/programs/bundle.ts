// Bundles the commands of this checkout. Releases contain such bundles; tests that start many processes make them first.
// docs/adr/0063-commands-are-released-as-bundles.md
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { COST_FILE, cheaper } from './cheaper.ts'
import { ROOT } from './path.ts'

/** Folder of the bundles. In `node_modules`, a command behaves like an installed one and finds its optional packages. */
const CACHE = join(ROOT, 'node_modules/.cache')
const PROGRAMS = { 'rex-desk': 'sdk', 'rex-gateway': 'gateway' }

/** Leaves packages of others out of the bundle. They are loaded from where they are installed. */
const packagesApart: Plugin = {
  name: 'packages apart',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@rex/') ? undefined : { path, external: true },
    )
  },
}

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
 * Bundles the commands. Returns a new folder with them, which the caller removes; add its `node_modules/.bin` to PATH. `cheap`: the key
 * derivation for new keystores costs a hundredth. `released`: bundles as in a release; otherwise, the bundle includes packages and starts sooner.
 */
export async function bundlePrograms({ cheap = false, released = false } = {}): Promise<string> {
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
      symlinkSync(join(ROOT, of, 'node_modules'), join(folder, of, 'node_modules'))
      symlinkSync(`../../${of}/bin/${command}.js`, join(commands, command))
      const source = `${of}/src/cli/main.ts`
      const dist = join(folder, of, 'dist/cli')
      await (released
        ? bundleOwnCode(source, dist)
        : build({ ...withPackages(cheap), ...toBundle(source, dist) }))
    }),
  )
  return folder
}

/**
 * Bundles our own code for a program, with its main module in `source`, into the folder `outdir`. Packages of others
 * are not bundled.
 */
export async function bundleOwnCode(source: string, outdir: string): Promise<void> {
  await build({ ...toBundle(source, outdir), plugins: [packagesApart] })
}

function toBundle(source: string, outdir: string): BuildOptions {
  return {
    absWorkingDir: ROOT,
    entryPoints: [source],
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    conditions: ['@rex/source'],
    logLevel: 'error',
  }
}

function withPackages(cheap: boolean): BuildOptions {
  return {
    // Prefers the ECMAScript version of a package: the export names of a CommonJS version are missing when it is imported on
    // demand.
    mainFields: ['module', 'main'],
    external: ['pg', 'nodemailer'],
    // Some dependencies are CommonJS modules, which need `require`.
    banner: { js: "import { createRequire as _r } from 'node:module'; const require = _r(import.meta.url)" },
    plugins: cheap ? [cheapKeystores] : [],
  }
}

/** Setup of a whole test run: makes the bundles, and removes them at the end. */
export default async function setup(): Promise<() => void> {
  const folder = await bundlePrograms({ cheap: true })
  process.env.REX_PROGRAMS = folder
  process.env.NODE_COMPILE_CACHE ??= join(folder, 'compiled')
  return () => rmSync(folder, { recursive: true })
}
