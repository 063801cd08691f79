// The program of a gateway or a desk as one file, which starts in a fifth of the time. docs/guide/testing.md, "Damage"
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const PROGRAM = fileURLToPath(new URL('./process.ts', import.meta.url))
const GATEWAY = fileURLToPath(new URL('../../gateway/package.json', import.meta.url))
/** Packages of the older module format need it. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(PROGRAM)})`

/** Bundles the program into a directory below `root`. Resolves with its path. */
export async function bundle(root: string): Promise<string> {
  const program = join(root, 'program', 'process.js')
  await build({
    entryPoints: [PROGRAM],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@rex/source'],
    banner: { js: REQUIRE },
    logLevel: 'error',
  })
  // The gateway reads its version from the directory above.
  copyFileSync(GATEWAY, join(root, 'package.json'))
  return program
}
