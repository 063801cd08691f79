// Measures the size of bundles that browsers load through the SDK's entry points. `node doors.ts DIRECTORY` measures installed packages
// (part of `npm run packages`); doors.test.ts measures the sources. docs/adr/0042-codes-labels-and-schema-apart.md
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** Imports, each with the maximum size of its bundle in bytes, minified and compressed. */
export const DOORS: readonly (readonly [source: string, most: number])[] = [
  ["export * from '@rex/sdk/referral'", 45 * 1024],
  // The suggestions by meaning, together with the codes that they need.
  ["import '@rex/sdk/referral/suggestions'", 8 * 1024],
  // The rules that only warn, together with what they share with the lint.
  ["import '@rex/sdk/referral/warnings'", 11 * 1024],
  ["export * from '@rex/sdk/referral/names'", 3 * 1024],
  // Reading JSON has its own entry point, because a form does not need it.
  ["export * from '@rex/sdk/referral/read'", 18 * 1024],
  ["export { label } from '@rex/sdk/referral/labels/en'", 15 * 1024],
  ["export { label } from '@rex/sdk/referral/labels/es'", 15 * 1024],
  ["export { label } from '@rex/sdk/referral/labels/fr'", 15 * 1024],
  ["export { label } from '@rex/sdk/referral/labels/ar'", 15 * 1024],
  ["export { texts } from '@rex/sdk/referral/forms/es'", 15 * 1024],
  ["export { texts } from '@rex/sdk/referral/forms/fr'", 15 * 1024],
  ["export { texts } from '@rex/sdk/referral/forms/ar'", 15 * 1024],
  ["export { default } from '@rex/sdk/referral/lists/risk.json' with { type: 'json' }", 1024],
]

/** Bundles a source for a browser. Returns the bundle and its compressed size. `conditions` are conditions of package exports. */
export async function bundle(source: string, resolveDir: string, conditions: string[] = []) {
  const { metafile, outputFiles } = await build({
    stdin: { contents: source, resolveDir, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions,
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const contents = outputFiles[0]?.contents ?? new Uint8Array()
  return { inputs: Object.keys(metafile.inputs), contents, compressed: gzipSync(contents).length }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [source, most] of DOORS) {
    const { compressed } = await bundle(source, process.argv[2] ?? '.')
    console.log(`${source}: ${compressed} bytes compressed, at most ${most}`)
    if (compressed > most) process.exitCode = 1
  }
}
