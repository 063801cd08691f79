// Translates the floors to rules of dependency-cruiser, and checks a tree.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cruise } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { DOORS, FLOORS, ONLY, SEES, TESTS } from './floors.mjs'

/** Minimum number of modules. If the tool sees fewer, it no longer understands the tree, as under TypeScript 7. */
export const FEWEST_MODULES = 300
const SOURCES = ['proto', 'sdk', 'gateway', 'bench', 'docs', 'examples', 'conformance-tests']

const words = (list) => list.split(/\s+/)
const any = (parts) => `(${parts.join('|')})`
const floorsOf = (floors) =>
  floors
    .split(/[|\n]/)
    .map((line) => line.trim())
    .filter(Boolean)
const roomsOf = (floors) => floors.flatMap(words)
/** Returns a pattern for a module by its import name: a built-in, or a package wherever it is installed. */
const named = (name) => `(^|^node:|node_modules/)${name}(/|$)`
const tests = `^${any(words(TESTS))}`

const forbidden = [
  { name: 'no cycles, types included', from: {}, to: { circular: true } },
  { name: 'nothing unknown is imported', from: {}, to: { couldNotResolve: true, pathNot: '^node:|/dist/' } },
  {
    name: 'tests are imported by tests',
    from: { path: '^(sdk|gateway)/', pathNot: tests },
    to: { path: tests },
  },
  ...Object.entries(FLOORS).flatMap(([base, floors]) => looksDown(base, floorsOf(floors))),
  ...Object.entries(SEES).map(([room, modules]) => ({
    name: `${room} sees only what is listed`,
    from: { path: `^${room}`, pathNot: tests },
    to: {
      pathNot: words(modules).map((module) => (/^[^@]*\/|\$$/.test(module) ? `^${module}` : named(module))),
    },
  })),
  ...Object.entries(ONLY).map(([module, files]) => ({
    name: `only ${files} imports ${module}`,
    from: { pathNot: [`^${files}`, tests, '^bench/'] },
    to: { path: named(module) },
  })),
  ...DOORS.map(([from, to, door]) => ({
    name: `${from} knows ${to} by its door`,
    from: { path: `^${from}` },
    to: { path: `^${to}`, pathNot: `^${door}$` },
  })),
].map((rule) => ({ severity: 'error', ...rule }))

/** Finds new folders and files without a floor. */
function homeless(sources) {
  return Object.entries(FLOORS).flatMap(([base, floors]) => {
    const [within, room] = [
      new RegExp(`^${base}`),
      new RegExp(`^${base}(${any(roomsOf(floorsOf(floors)))}(/|[.][cm]?[jt]s$)|[^/]+[.]test[.]ts$)`),
    ]
    const rule = `every file of ${base || 'the tree'} belongs to a room`
    return sources
      .filter((source) => within.test(source) && !room.test(source))
      .map((source) => ({ rule, from: source, to: source }))
  })
}

/** Matches `import(name)` and `require(name)`, whose target the tool cannot determine. */
const COMPUTED = /\b(?:import|require|getBuiltinModule)\s*\(\s*(?:[^\s'"`)]|`[^`]*\$\{)/

/** Finds imports whose name is computed when the program runs. */
function computed(sources) {
  const [rule, exempt] = [
    `only ${ONLY.module} imports a computed name`,
    new RegExp(`^${ONLY.module}|${tests}`),
  ]
  return sources
    .filter((source) => !exempt.test(source))
    .filter((source) =>
      COMPUTED.test(readFileSync(source, 'utf8').replaceAll(/^\s*(?:[/]{2}|[*]|[/][*]).*$/gm, '')),
    )
    .map((source) => ({ rule, from: source, to: source }))
}

function looksDown(base, lines) {
  return lines.map((line, floor) => ({
    name: `a room of ${base || 'the tree'} looks at lower floors only`,
    from: { path: `^${base}${any(words(line))}(?:/|[.][jt]s$)`, pathNot: tests },
    to: {
      path: `^${base}${any(roomsOf(lines.slice(floor)))}(/|[.][jt]s$)`,
      pathNot: `^${base}$1(/|[.][jt]s$)`,
    },
  }))
}

/** Checks the tree in a directory. Returns the number of modules seen, and every violation with its rule, file and import. */
export async function checkFloors(root) {
  const before = process.cwd()
  process.chdir(root)
  try {
    const { output } = await cruise(
      SOURCES,
      {
        validate: true,
        ruleSet: { forbidden },
        tsPreCompilationDeps: true,
        detectProcessBuiltinModuleCalls: true,
        doNotFollow: { path: 'node_modules' },
        exclude: { path: '^[a-z-]+/dist/|^docs/check/(floors|release/partner)/' },
      },
      {
        exportsFields: ['exports'],
        conditionNames: ['@rex/source', 'node', 'import', 'types', 'default'],
        mainFields: ['module', 'main', 'types'],
      },
      { tsConfig: extractTSConfig('tsconfig.json') },
    )
    const own = output.modules
      .filter(({ couldNotResolve }) => !couldNotResolve)
      .map(({ source }) => source)
      .filter((source) => /[.][cm]?[jt]s$/.test(source) && !source.includes('node_modules/'))
    const found = output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }))
    return { modules: own.length, violations: [...found, ...homeless(own), ...computed(own)] }
  } finally {
    process.chdir(before)
  }
}

/** Root of the tree that contains this file. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..')
