// The entry point @rex/sdk/referral runs in a browser: no Node, no cryptography, small. docs/spec/referral.md
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const KiB = 1024
const bundle = (source: string) =>
  build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@rex/source'],
    metafile: true,
    write: false,
  })

test('the door bundles for a browser, without anything outside its folder but the error and the readers of input', async () => {
  const { metafile, outputFiles } = await bundle(`export * from './index.ts'`)
  const inputs = Object.keys(metafile.inputs).filter(
    (path) => !path.includes('core/referral/') && path !== '<stdin>',
  )
  expect(inputs.map((path) => path.replace(/.*core\//, '')).sort()).toEqual([
    'error.ts',
    'input/json.ts',
    'input/path.ts',
    'input/strict-json.ts',
    'input/text.ts',
  ])
  const bytes = outputFiles[0]?.contents ?? new Uint8Array()
  expect(gzipSync(bytes).length).toBeLessThan(88 * KiB)
})

test('importing only the validation does not load the JSON Schema', async () => {
  const { outputFiles } = await bundle(`export { validate } from './index.ts'`)
  const text = new TextDecoder().decode(outputFiles[0]?.contents)
  expect(text).not.toContain('json-schema.org')
})

test('the bundle works without Node', async () => {
  const { outputFiles } = await bundle(`import { validate, label, guard } from './index.ts'
    export const run = () => [validate({}).ok, label('tlp', 'red'), guard('data:image/png,x')]`)
  const source = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')
  const { run } = await import(`data:text/javascript;base64,${source}`)
  expect(run()).toEqual([false, 'TLP:RED', ''])
})
