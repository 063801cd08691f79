// Makes a module that has no fault or one of several: a global variable chooses when the module is loaded.
// docs/guide/conformance.md
import { transformSync } from 'esbuild'
import { BadFile } from '../../suite/read.ts'
import { CHOSEN } from './choice.ts'

/**
 * Returns the source of an ECMAScript module that imports and exports what `source` does. When it is loaded, it runs `source`, or the
 * source of the mutant that CHOSEN names. `variants`: sources by name of the mutant. @throws BadFile if `source` exports no names
 */
export function withVariants(source: string, variants: ReadonlyMap<string, string>): string {
  const whole = commonJs(source)
  const faulty = [...variants].map(([name, variant]) => ({ name, code: commonJs(variant) }))
  const imported = new Set([whole, ...faulty.map(({ code }) => code)].flatMap(importsOf))
  const names = [...imported].map((path, i) => ({ path: JSON.stringify(path), name: `imported${i}` }))
  const cases = faulty.map(({ name, code }) => `case ${JSON.stringify(name)}: ${called(code)}; break`)
  return [
    ...names.map(({ path, name }) => `import * as ${name} from ${path}`),
    'const module = { exports: {} }',
    // Modules may import each other in a circle, so a value is read when it is used.
    `const live = (from) => Object.keys(from).reduce(
      (all, key) => Object.defineProperty(all, key, { get: () => from[key], enumerable: true }),
      { __esModule: true },
    )`,
    `const require = (path) => live({ ${names.map(({ path, name }) => `[${path}]: ${name}`).join(', ')} }[path])`,
    `switch (globalThis.${CHOSEN}) { ${cases.join('\n')}\ndefault: ${called(whole)} }`,
    `export const { ${exportsOf(whole).join(', ')} } = module.exports`,
  ].join('\n')
}

const called = (code: string) => `(() => {${code}\n})()`

function commonJs(source: string): string {
  return transformSync(source, { loader: 'ts', format: 'cjs', platform: 'node' }).code
}

function importsOf(code: string): string[] {
  return [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, path = '']) => path)
}

/** Reads the names of the exports from esbuild's note for Node. */
function exportsOf(code: string): string[] {
  const [, names] = /^0 && \(module\.exports = \{\n([\s\S]*?)\n\}\);/m.exec(code) ?? []
  if (names === undefined || names.includes('...'))
    throw new BadFile('The module exports no names, or those of another module.')
  return names.split(',').map((name) => name.trim())
}
