// Builds a target, unchanged or with one deliberate fault. Source files stay unchanged, because the build patches them while it reads
// them. docs/guide/conformance.md
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { context } from 'esbuild'
import type { TargetConfiguration } from '../runner/process.ts'
import { BadFile, readJson } from '../suite/read.ts'

const ROOT = join(import.meta.dirname, '../..')
const PYTHON = join(import.meta.dirname, '../targets/python')
const OURS = join(import.meta.dirname, '../targets/codec.ts')

/** A deliberate fault: a piece of a source file and its replacement. */
export interface Mutant {
  readonly name: string
  /** A sentence about the implementation that describes the fault. */
  readonly title: string
  /** Path from the root of the repository. */
  readonly file: string
  /** Text that occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** Name of the case that kills the mutant. */
  readonly killer: string
}

/** Implementations whose mutants the codec suites kill. */
export type Implementation = 'codec' | 'python'
const RECORDS = {
  codec: 'mutants.json',
  desk: 'desk.json',
  gateway: 'gateway.json',
  python: 'python.json',
}

/** Reads the recorded mutants of an implementation. */
export function readMutants(of: keyof typeof RECORDS = 'codec'): Mutant[] {
  return readJson(join(import.meta.dirname, RECORDS[of])) as Mutant[]
}

/** A patch for every build of a desk: key derivation with a lower cost, so that desks open quickly. */
const CHEAP_KEYSTORES = {
  file: 'sdk/src/client/keys/key-derivation.ts',
  find: 'memory: 64 * 1024, passes: 3, parallelism: 4',
  replace: 'memory: 512, passes: 1, parallelism: 1',
}

/** A builder of targets. */
export interface Builder {
  /** Writes the target. @throws BadFile if the mutant no longer fits the source */
  build(outfile: string, mutant?: Mutant): Promise<void>
  close(): Promise<void>
}

/** Opens a builder for a target (default: our codec). It reads each source once, however many mutants it builds. */
export async function openBuilder(source = OURS): Promise<Builder> {
  let current: Mutant | undefined
  let patched = 0
  const bundler = await context({
    entryPoints: [source],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    conditions: ['@rex/source'],
    logLevel: 'error',
    banner: { js: "import{createRequire as _r}from'node:module';const require=_r(import.meta.url);" },
    plugins: [
      {
        name: 'mutant',
        setup({ onLoad }) {
          onLoad({ filter: /[.]ts$/ }, ({ path }) => {
            const file = relative(ROOT, path)
            if (file === CHEAP_KEYSTORES.file)
              return { contents: mutate(readFileSync(path, 'utf8'), CHEAP_KEYSTORES), loader: 'ts' }
            if (file !== current?.file) return undefined
            patched++
            return { contents: mutate(readFileSync(path, 'utf8'), current), loader: 'ts' }
          })
        },
      },
    ],
  })
  return {
    async build(outfile, mutant) {
      current = mutant
      patched = 0
      const { outputFiles } = await bundler.rebuild()
      if (mutant !== undefined && patched !== 1)
        throw new BadFile(`${mutant.name}: the target has no ${mutant.file}.`)
      writeFileSync(outfile, outputFiles?.[0]?.contents ?? '')
    },
    close: () => bundler.dispose(),
  }
}

/**
 * Copies the Python target with a fault, and returns how to start it. `python`: path of the interpreter. @throws BadFile if the mutant no
 * longer fits the source
 */
export function copyPython(
  folder: string,
  python: string,
  mutant: Mutant,
): Pick<TargetConfiguration, 'command' | 'env'> {
  cpSync(PYTHON, folder, { recursive: true, filter: (path) => !path.endsWith('__pycache__') })
  const file = join(folder, relative(PYTHON, fileOf(mutant)))
  writeFileSync(file, mutate(readFileSync(file, 'utf8'), mutant))
  return { command: [python, join(folder, 'target.py')], env: { REX_ROOT: ROOT } }
}

/** Bundles one target (default: our codec) without a fault. */
export async function buildTarget(outfile: string, source = OURS): Promise<void> {
  const builder = await openBuilder(source)
  await builder.build(outfile).finally(() => builder.close())
}

/** Returns the file that a mutant changes. */
export const fileOf = ({ file }: Mutant) => join(ROOT, file)

/** Returns the source of a file with a fault. @throws BadFile if the mutant does not fit */
export function mutate(
  source: string,
  {
    name = 'every build',
    file,
    find,
    replace,
  }: Partial<Pick<Mutant, 'name'>> & Omit<Mutant, 'name' | 'title' | 'killer'>,
): string {
  const parts = source.split(find)
  if (parts.length !== 2) throw new BadFile(`${name}: its text occurs ${parts.length - 1} times in ${file}.`)
  return parts.join(replace)
}
