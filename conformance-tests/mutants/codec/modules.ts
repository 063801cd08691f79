// Loads our modules into this thread with one fault, much faster than a build and a process for each fault.
// docs/guide/conformance.md
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { compileFunction } from 'node:vm'
import { transformSync } from 'esbuild'
import { BadFile } from '../../suite/read.ts'
import { fileOf, type Mutant, mutate } from '../mutant.ts'

type Exports = Record<string, unknown>
type Compiled = (module: { exports: Exports }, exports: Exports, require: (name: string) => unknown) => void

/** Compiles each of our modules once, and loads modules of other packages once. */
export class Modules {
  readonly #compiled = new Map<string, Compiled>()
  readonly #resolved = new Map<string, string>()

  /**
   * Loads a module, and a fresh copy of each of our modules that it imports. One of these modules has a fault. @throws BadFile if the mutant does not
   * fit
   */
  load(path: string, mutant: Mutant): Exports {
    const loaded = new Map<string, { exports: Exports }>()
    const faulty = fileOf(mutant)
    const load = (file: string): Exports => {
      const known = loaded.get(file)
      if (known) return known.exports
      const module: { exports: Exports } = { exports: {} }
      loaded.set(file, module)
      const run =
        file === faulty ? compile(file, mutate(readFileSync(file, 'utf8'), mutant)) : this.#compile(file)
      run(module, module.exports, (name) => {
        const wanted = this.#resolve(name, file)
        return wanted.endsWith('.ts') ? load(wanted) : createRequire(file)(name)
      })
      return module.exports
    }
    const exports = load(path)
    if (!loaded.has(faulty)) throw new BadFile(`${mutant.name}: the target has no ${mutant.file}.`)
    return exports
  }

  #compile(file: string): Compiled {
    const known = this.#compiled.get(file) ?? compile(file, readFileSync(file, 'utf8'))
    this.#compiled.set(file, known)
    return known
  }

  #resolve(name: string, from: string): string {
    const key = `${from}\n${name}`
    const known = this.#resolved.get(key) ?? createRequire(from).resolve(name)
    this.#resolved.set(key, known)
    return known
  }
}

function compile(file: string, source: string): Compiled {
  const { code } = transformSync(source, { loader: 'ts', format: 'cjs', platform: 'node' })
  return compileFunction(code, ['module', 'exports', 'require'], { filename: file }) as Compiled
}
