import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = new URL('../../', import.meta.url)
const { FLOORS } = (await import(String(new URL('./floors/floors.mjs', import.meta.url)))) as {
  readonly FLOORS: Readonly<Record<string, string>>
}
const PAGE = read('docs/architecture.md')
const MOST_FILES = 45
/** Rooms that every other room uses. */
const EVERYWHERE = new Set(['client/store', 'client/keys', 'core', 'gateway/store'])

interface Row {
  readonly file: string
  readonly names: readonly string[]
}

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8')
}

function floorsOf(folder: string): string {
  return FLOORS[folder] ?? ''
}

/** Returns the rows of the tables `step | file | function` below a heading, or on the whole page if no heading is given. */
function rows(heading = ''): Row[] {
  const [, text = ''] = heading === '' ? ['', PAGE] : PAGE.split(`\n## ${heading}\n`)
  const own = heading === '' ? text : (text.split('\n## ')[0] ?? '')
  return [...own.matchAll(/^\| [^|]+ \| `([^`|]+\.\w+)` \| ([^|]*)\|$/gm)].map(([, file, names]) => ({
    file: file as string,
    names: [...(names as string).matchAll(/`([^`]+)`/g)].map(([, name]) => name as string),
  }))
}

/** Returns whether a source declares a function, class, type, constant, method or accessor with this name. */
function declares(source: string, name: string): boolean {
  const declared = new RegExp(`\\b(?:function\\*?|class|const|let|interface|type) ${name}(?![\\w$])`)
  const member = new RegExp(`^ +(?:readonly |static |async |\\*)*${name}(?:<[^>]*>)?(?:\\(|: |\\?:)`, 'm')
  return declared.test(source) || member.test(source)
}

/** Returns the room of a file, such as `client/send`, `gateway/relay` or `core`. */
function roomOf(file: string): string {
  const [workspace, , room = '', inner = ''] = file.replace(/\.\w+$/, '').split('/')
  if (workspace === 'gateway') return `gateway/${room}`
  return room === 'client' ? `client/${inner}` : room
}

/** Returns rooms that a walk leaves and enters again. */
function enteredAgain(walk: readonly Row[]): string[] {
  const rooms = walk.map(({ file }) => roomOf(file))
  const entered = rooms.filter((room, i) => room !== rooms[i - 1] && !EVERYWHERE.has(room))
  return entered.filter((room, i) => entered.indexOf(room) !== i)
}

test('every file named in the text exists, and declares the functions named with it', () => {
  const all = rows()
  expect(all.length).toBeGreaterThan(100)
  expect(all.filter(({ file }) => !existsSync(new URL(file, ROOT)))).toEqual([])
  const missing = all.flatMap(({ file, names }) =>
    names.filter((name) => !declares(read(file), name)).map((name) => `${file}: ${name}`),
  )
  expect(missing).toEqual([])
})

test('every other path in the text exists', () => {
  const paths = [...PAGE.matchAll(/`((?:sdk|gateway|docs|proto)\/[\w./-]+)`/g)].map(
    ([, path]) => path as string,
  )
  expect(paths.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([])
})

test('the rooms of the client are those of the floor file, from the top down', () => {
  const floors = floorsOf('sdk/src/client/').trim().split(/[|\n]/)
  const rank = new Map(
    floors.flatMap((floor, i) =>
      floor
        .trim()
        .split(/\s+/)
        .map((room) => [room, i] as const),
    ),
  )
  const [, table = ''] = PAGE.split('| room | content |')
  const named = [...(table.split('\n## ')[0]?.matchAll(/^\| `([\w-]+)` \|/gm) ?? [])].map(
    ([, room]) => room as string,
  )
  expect([...named].sort()).toEqual([...rank.keys()].sort())
  const ranks = named.map((room) => rank.get(room) as number)
  expect(ranks).toEqual([...ranks].sort((a, b) => b - a))
})

test('the table of floors names every room of core, the SDK and the gateway', () => {
  for (const folder of ['', 'sdk/src/', 'gateway/src/'] as const) {
    const rooms = floorsOf(folder)
      .split(/[\s|]+/)
      .filter((room) => !['', 'testing', 'vitest.config'].includes(room))
    expect(
      rooms.filter((room) => !PAGE.includes(`\`${room}\``)),
      folder,
    ).toEqual([])
  }
})

/**
 * Paths of a referral through a program: heading in docs/architecture.md, script in docs/check/walk/, and argument of the
 * script.
 */
const WAYS = [
  ['From `desk.send` until it is durable', 'desk.ts', 'send'],
  ['From the wire to the mailbox', 'gateway.ts', ''],
  ['From the mailbox to the item', 'desk.ts', 'receive'],
] as const

test.each(WAYS)('%s: at most 45 files, and no room twice', (heading) => {
  const walk = rows(heading)
  const files = new Set(walk.map(({ file }) => file))
  expect(files.size).toBe(walk.length)
  expect(files.size).toBeGreaterThan(20)
  expect(files.size).toBeLessThanOrEqual(MOST_FILES)
  expect(enteredAgain(walk)).toEqual([])
})

test.each(WAYS)('%s: every file that runs is named, apart from core', (heading, walk, way) => {
  const script = fileURLToPath(new URL(`docs/check/walk/${walk}`, ROOT))
  const ran = execFileSync(process.execPath, ['--conditions=@rex/source', script, way], {
    encoding: 'utf8',
  })
  const passed = ran.split('\n').filter((file) => file !== '' && !file.startsWith('sdk/src/core/'))
  expect(passed.length).toBeGreaterThan(20)
  const named = new Set(rows(heading).map(({ file }) => file))
  expect(passed.filter((file) => !named.has(file))).toEqual([])
})

test('the events of store and desk are all described', () => {
  const [, changes = ''] = /type Change = ([^\n]+)/.exec(read('sdk/src/client/store/observed.ts')) ?? []
  const [, events = ''] = /EventEmitter<\{([^}]+)\}>/.exec(read('sdk/src/client/context.ts')) ?? []
  const names = [
    ...[...changes.matchAll(/'(\w+)'/g)].map(([, name]) => name as string),
    ...[...events.matchAll(/(\w+):/g)].map(([, name]) => name as string),
  ]
  expect(names.length).toBeGreaterThanOrEqual(7)
  expect(names.filter((name) => !PAGE.includes(`\n| \`${name}\` |`))).toEqual([])
})
