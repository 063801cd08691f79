// Checks that packages match the review: sources, install scripts, versions, ADRs and advisories. Runs before `npm ci`, on any version of
// Node. docs/adr/0006-libraries.md
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const REGISTRY = 'https://registry.npmjs.org/'
const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/
const MOST_AT_RUNTIME = 14
const YOUNGEST_DAYS = 7
const DAY = 86_400_000
/** A tool with its own packages, outside the workspaces. docs/adr/0027-floors.md */
const TOOL = 'docs/check/floors'

const accept = process.argv.includes('--accept')
const [given] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const root = given ? resolve(given) : resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const RECORD = join(root, 'docs/check/dependencies.json')

const json = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'))
const project = json('package.json')
const lock = bothLocks(json)
const record = JSON.parse(readFileSync(RECORD, 'utf8'))
const workspaces = project.workspaces.map((path) => ({ path, ...json(`${path}/package.json`) }))

if (accept) acceptLock()
const findings = [...sources(), ...scripts(), ...direct(), ...holes(), ...runtime(), ...reviewed()]
for (const finding of findings) console.error(finding)
process.exitCode = findings.length === 0 ? 0 : 1

/** Merges the lockfiles of the workspaces and the tool. `read` returns a file of the project as JSON. */
function bothLocks(read) {
  const tool = Object.entries(read(`${TOOL}/package-lock.json`).packages)
  const prefixed = tool.map(([path, entry]) => [`${TOOL}/${path}`, entry])
  return { packages: { ...read('package-lock.json').packages, ...Object.fromEntries(prefixed) } }
}

/** Returns third-party packages with name, version and lockfile entry. */
function packagesOf(lockfile) {
  return Object.entries(lockfile.packages).flatMap(([path, entry]) => {
    const [, name] = /(?:^|.*\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? []
    return name === undefined || entry.link ? [] : [{ name: entry.name ?? name, path, ...entry }]
  })
}

/** Checks that every package comes from the registry and has a version and a SHA-512 hash (T-124). */
function sources() {
  const own = new Set(workspaces.map(({ path }) => path))
  const links = Object.entries(lock.packages).filter(([, { link, resolved }]) => link && !own.has(resolved))
  return [
    ...links.map(([path]) => `${path} is a link to something that is no workspace.`),
    ...packagesOf(lock).flatMap(({ path, version, integrity, resolved = REGISTRY }) => [
      ...(resolved.startsWith(REGISTRY) ? [] : [`${path} comes from ${resolved}, not from the registry.`]),
      ...(/^sha512-[\w+/]{86}==$/.test(integrity ?? '') ? [] : [`${path} has no SHA-512 of its bytes.`]),
      ...(EXACT.test(version ?? '') ? [] : [`${path} has no version.`]),
    ]),
  ]
}

/** Checks that a decision is recorded for every package with an install script (T-124). */
function scripts() {
  const judged = project.allowScripts ?? {}
  return packagesOf(lock)
    .filter(({ name, hasInstallScript }) => hasInstallScript && typeof judged[name] !== 'boolean')
    .map(({ path }) => `${path} has an install script that allowScripts in package.json does not judge.`)
}

/**
 * Checks that direct dependencies are pinned and that an ADR justifies each (T-124). The application chooses the
 * version of a peer dependency, so only the tested version is pinned.
 */
function direct() {
  const own = new Set(workspaces.map(({ name }) => name))
  const tool = { path: TOOL, ...json(`${TOOL}/package.json`) }
  return [{ path: '.', ...project }, ...workspaces, tool].flatMap(({ path, ...manifest }) =>
    ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies', 'overrides'].flatMap(
      (kind) =>
        Object.entries(manifest[kind] ?? {}).flatMap(([name, version]) => {
          const at = `${path}/package.json: ${name}`
          if (kind === 'peerDependencies')
            return EXACT.test(manifest.devDependencies?.[name] ?? '')
              ? []
              : [`${at} is not tested in a pinned version.`]
          if (!EXACT.test(version)) return [`${at} is not pinned: ${JSON.stringify(version)}.`]
          return own.has(name) || hasReason(name) ? [] : [`${at} has no ADR that names it.`]
        }),
    ),
  )
}

function hasReason(name) {
  const number = String(record.adr[name] ?? '').padStart(4, '0')
  const file = readdirSync(join(root, 'docs/adr')).find((entry) => entry.startsWith(`${number}-`))
  return file !== undefined && readFileSync(join(root, 'docs/adr', file), 'utf8').includes(name)
}

/** Checks that no version has a known vulnerability, even if the registry cannot be reached (T-125). */
function holes() {
  return packagesOf(lock).flatMap(({ name, path, version }) => {
    const least = record.atLeast[name]
    if (least === undefined || compare(version, least.version) >= 0) return []
    return [`${path} ${version} has a known hole (${least.why}); ${least.version} has not.`]
  })
}

/**
 * Checks that few packages run in processes with keys (T-126). Type packages do not count, because they do not run. Nor does the
 * conformance suite, which has test keys only.
 */
function runtime() {
  const own = new Set(workspaces.map(({ name }) => name))
  const published = workspaces.filter(
    (workspace) => !workspace.private && workspace.name !== '@rex/conformance',
  )
  const names = new Set(published.flatMap(({ dependencies = {} }) => Object.keys(dependencies)))
  const count = [...names].filter((name) => !own.has(name) && !name.startsWith('@types/')).length
  return count <= MOST_AT_RUNTIME ? [] : [`${count} runtime dependencies; ${MOST_AT_RUNTIME} are the most.`]
}

/** Checks that every change of the lockfile was reviewed (T-124). */
function reviewed() {
  if (record.lock === digestOf(lock)) return []
  return [
    'A package-lock.json is not the one that was reviewed. Look at what changed, then: npm run dependencies -- --accept',
  ]
}

function digestOf(lockfile) {
  const lines = packagesOf(lockfile).map(({ path, version, integrity }) => `${path} ${version} ${integrity}`)
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}

/** Records the lockfile as reviewed. New entries since the last commit must have been published for a week. */
function acceptLock() {
  const before = new Set(packagesOf(committedLock()).map(({ name, version }) => `${name}@${version}`))
  const fresh = packagesOf(lock).filter(({ name, version }) => !before.has(`${name}@${version}`))
  const young = fresh.filter(({ name, version }) => ageOf(name, version) < YOUNGEST_DAYS)
  for (const { name, version } of young)
    console.error(`${name} ${version} is younger than ${YOUNGEST_DAYS} days: wait, or take the one before.`)
  if (young.length > 0) process.exit(1)
  record.lock = digestOf(lock)
  writeFileSync(RECORD, `${JSON.stringify(record, null, 2)}\n`)
}

function committedLock() {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 }
  return bothLocks((path) => JSON.parse(execFileSync('git', ['show', `HEAD:${path}`], options)))
}

/** Returns the number of days since the registry published a version. */
function ageOf(name, version) {
  const times = JSON.parse(
    execFileSync('npm', ['view', name, 'time', '--json'], { cwd: root, encoding: 'utf8' }),
  )
  const published = Date.parse(times[version])
  return Number.isNaN(published) ? 0 : (Date.now() - published) / DAY
}

function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split('-')[0].split('.').map(Number))
  for (let i = 0; i < 3; i++) if (left[i] !== right[i]) return left[i] - right[i]
  return Number(b.includes('-')) - Number(a.includes('-'))
}
