// Finds files that a released tarball must contain and does not, and files that it must not contain, such as test code, test keys, secrets and unbuilt sources (T-126).
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const findings = process.argv.slice(2).flatMap((tarball) => {
  const files = listing(tarball)
  const names = new Set(files.map(({ name }) => name))
  return [...missing(names), ...files.flatMap(({ name, content }) => findingsIn(names, name, content))].map(
    (why) => `${tarball}: ${why}`,
  )
})
for (const finding of findings) console.error(finding)
process.exitCode = findings.length === 0 ? 0 : 1

function listing(tarball) {
  const directory = mkdtempSync(join(tmpdir(), 'rex-artefact-'))
  try {
    execFileSync('tar', ['-xzf', tarball, '-C', directory])
    return readdirSync(directory, { recursive: true })
      .filter((name) => statSync(join(directory, name)).isFile())
      .map((name) => ({ name, content: readFileSync(join(directory, name), 'utf8') }))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Files that every tarball has. @rex/conformance is a command without an entry point, so it needs no types. */
function missing(names) {
  const needed = ['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json']
  return needed.filter((name) => !names.has(`package/${name}`)).map((name) => `${name} is missing.`)
}

function findingsIn(names, name, content) {
  const source = /^package\/src\/(.*)\.ts$/.exec(name)?.[1]
  const built = source === undefined || names.has(`package/dist/${source}.js`)
  const inTesting = /^package\/(?:src|dist)\/testing\//.test(name)
  return [
    ...(/\.(?:test|spec)\.|(?:^|\/)(?:fixture|__tests__|coverage|node_modules|\.env)/.test(name)
      ? [`${name} is for tests alone.`]
      : []),
    ...(/\.(?:key|pem|p12|pfx|sqlite|db|pass|token|kit)$|\/(?:keystore|current|gateway)\.json$/.test(name)
      ? [`${name} looks like a secret.`]
      : []),
    ...(/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{16}/.test(content)
      ? [`${name} holds a private key.`]
      : []),
    ...(!inTesting && /from '[^']*\/testing\//.test(content)
      ? [`${name} uses what is for tests: keys that everybody knows.`]
      : []),
    ...(built ? [] : [`${name} is in the package but was not built.`]),
    ...(name === 'package/dist/cli/main.js' && /from ["'](?:@rex\/|\.\.\/)/.test(content)
      ? [`${name} is not bundled.`]
      : []),
  ]
}
