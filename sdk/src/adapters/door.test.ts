// Tests that the entry point @rex/sdk/adapters runs in a browser. docs/spec/referral.md, "Other systems"
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

test('the entry point can be bundled for a browser and converts a case there', async () => {
  const source = `import { primero } from '@rex/sdk/adapters'
    export const run = () => primero.toReferral({ data: { name: 'Testina Exempla', age: 9, photos: ['x'] } }, { test: true })`
  const { metafile, outputFiles } = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@rex/source'],
    metafile: true,
    write: false,
  })
  const outside = Object.keys(metafile.inputs).filter(
    (path) => !/src\/(adapters|core\/(referral|input))\//.test(path),
  )
  expect(outside.map((path) => path.replace(/.*sdk\/src\//, '')).sort()).toEqual(['<stdin>', 'core/error.ts'])
  const { run } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')}`
  )
  const { referral, losses } = run()
  expect(referral.people[0].names).toEqual([{ kind: 'legal', full: 'Testina Exempla' }])
  expect(losses).toEqual([expect.objectContaining({ from: 'data.photos[0]', code: 'media' })])
})
