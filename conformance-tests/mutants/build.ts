// Builds a target that is unchanged or has one deliberate fault. Source files stay unchanged, because the build patches them while it
// reads them. docs/guide/conformance.md
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { COST_FILE, cheaper } from '../../sdk/src/testing/harness/programs/cheaper.ts'
import { BadFile } from '../suite/read.ts'
import { fileOf, type Mutant, mutate, ROOT } from './mutant.ts'
import { withSwitches } from './programs/switched.ts'
import { withVariants } from './programs/variants.ts'

const PYTHON = join(import.meta.dirname, '../targets/python')
const OURS = join(import.meta.dirname, '../targets/codec.ts')

/**
 * Bundles a target (default: our codec) as one file. `mutants`: the faults that the program can have, one at a time (`choose`).
 * @throws BadFile if a mutant does not fit the source
 */
export async function buildTarget(
  outfile: string,
  source = OURS,
  mutants: readonly Mutant[] = [],
): Promise<void> {
  const byFile = Map.groupBy(mutants, ({ file }) => file)
  const plugin: Plugin = {
    name: 'mutants',
    setup({ onLoad }) {
      onLoad({ filter: /[.]ts$/ }, ({ path }) => {
        const file = relative(ROOT, path)
        const source = readFileSync(path, 'utf8')
        // In every build, desks derive keys at a lower cost, so that they open quickly.
        if (COST_FILE.test(path)) return { contents: cheaper(source), loader: 'ts' }
        const variants = byFile.get(file)
        if (variants === undefined) return undefined
        byFile.delete(file)
        for (const mutant of variants) mutate(source, mutant)
        const { source: switched, others } = withSwitches(source, variants)
        if (others.length === 0) return { contents: switched, loader: 'ts' }
        const sources = others.map((mutant) => [mutant.name, mutate(source, mutant)] as const)
        return { contents: withVariants(switched, new Map(sources)), loader: 'js' }
      })
    },
  }
  await build({
    entryPoints: [source],
    bundle: true,
    minifyWhitespace: true,
    outfile,
    platform: 'node',
    format: 'esm',
    conditions: ['@rex/source'],
    logLevel: 'error',
    banner: { js: "import{createRequire as _r}from'node:module';const require=_r(import.meta.url);" },
    plugins: [plugin],
  })
  const [missing] = byFile.values()
  if (missing?.[0]) throw new BadFile(`${missing[0].name}: the target has no ${missing[0].file}.`)
}

/**
 * Copies the Python target into a folder. Returns a function that gives the copy the fault of a mutant, and repairs the
 * previous fault.
 */
export function copyPython(folder: string): (mutant: Mutant) => void {
  cpSync(PYTHON, folder, { recursive: true, filter: (path) => !path.endsWith('__pycache__') })
  let repair = () => {}
  return (mutant) => {
    repair()
    const source = readFileSync(fileOf(mutant), 'utf8')
    const file = join(folder, relative(PYTHON, fileOf(mutant)))
    repair = () => writeFileSync(file, source)
    writeFileSync(file, mutate(source, mutant))
  }
}
