// Builds rex-conformance into conformance-tests/dist: one module, and copies of the files that it reads outside its
// workspace.
import { cpSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const DIST = 'conformance-tests/dist'

rmSync(DIST, { recursive: true, force: true })
await build({
  entryPoints: ['conformance-tests/runner/main.ts'],
  outfile: `${DIST}/main.js`,
  bundle: true,
  format: 'esm',
  platform: 'node',
  conditions: ['@rex/source'],
  external: ['@bufbuild/*', '@noble/*', 'ajv', 'jsonc-parser'],
  legalComments: 'inline',
  logLevel: 'warning',
})
cpSync('docs/spec', `${DIST}/spec`, { recursive: true })
cpSync('examples/referrals', `${DIST}/referrals`, {
  recursive: true,
  filter: (path) => !path.endsWith('.ts'),
})
