// Writes the CHANGELOG.md of each package for its tarball, from the changesets of this checkout.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const BUMPS = ['major', 'minor', 'patch']
const changes = readdirSync('.changeset')
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .sort()
  .map(
    (file) =>
      /^---\n(?<head>.*?)\n---\n(?<text>.*)$/s.exec(readFileSync(`.changeset/${file}`, 'utf8'))?.groups,
  )

for (const directory of process.argv.slice(2)) {
  const { name, version } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'))
  const of = (bump) =>
    changes.filter(({ head }) => head.includes(`"${name}": ${bump}`)).map(({ text }) => `- ${text.trim()}`)
  const sections = BUMPS.flatMap((bump) => (of(bump).length === 0 ? [] : [`### ${bump}`, ...of(bump)]))
  const news = sections.length === 0 ? ['Nothing but the versions of other packages.'] : sections
  writeFileSync(`${directory}/CHANGELOG.md`, `# ${name}\n\n${[`## ${version}`, ...news].join('\n\n')}\n`)
}
