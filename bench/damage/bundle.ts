// Bundles the program of a gateway or a desk into one file, which starts in a fifth of the time. docs/guide/testing.md, "Damage"
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { AHEAD } from './wire.ts'

const PROGRAM = fileURLToPath(new URL('./process.ts', import.meta.url))
/** Code that defines `require`, which CommonJS packages in the bundle need. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(PROGRAM)})`
/** Code that sets the clock ahead. It must run before all modules, because some keep a reference to `Date.now`. */
const CLOCK = `const realNow = Date.now, aheadMs = Number(process.env.${AHEAD} ?? 0); Date.now = () => realNow() + aheadMs`

/** A plugin that keeps the original URL of each module, so that a module finds the files next to its source. */
const ownUrls: Plugin = {
  name: 'own-urls',
  setup({ onLoad }) {
    onLoad({ filter: /\/(gateway|sdk)\/src\/.*\.ts$/ }, async ({ path }) => {
      const url = JSON.stringify(pathToFileURL(path).href)
      return { loader: 'ts', contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', url) }
    })
  },
}

/** Bundles the program into a directory below `root`. Resolves with its path. */
export async function bundle(root: string): Promise<string> {
  const program = join(root, 'program', 'process.mjs')
  await build({
    entryPoints: [PROGRAM],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@rex/source'],
    banner: { js: `${REQUIRE}; ${CLOCK}` },
    plugins: [ownUrls],
    logLevel: 'error',
  })
  return program
}
