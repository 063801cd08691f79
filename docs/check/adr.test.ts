import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const ADR = new URL('../adr/', import.meta.url)
const files = readdirSync(ADR).filter((name) => /^\d{4}-.*\.md$/.test(name))
const read = (name: string) => readFileSync(new URL(name, ADR), 'utf8')

/** Returns a record's row in the list of decisions: number, title and status. */
function rowOf(name: string): string | undefined {
  const [, number, title, status] =
    /^# (\d+)\. (.+)\n\n\*\*Status\.\*\* (Accepted|Superseded by .+)\.\n/.exec(read(name)) ?? []
  return status === undefined ? undefined : `| ${number} | [${title}](${name}) | ${status} |`
}

test('a decision has a unique number, a title and a status', () => {
  const numbers = files.map((name) => Number(name.slice(0, 4)))
  expect(numbers).toEqual([...new Set(numbers)])
  for (const name of files)
    expect(rowOf(name), name).toMatch(new RegExp(`^\\| ${Number(name.slice(0, 4))} \\|`))
})

test('the list names each decision with its title and status', () => {
  const listed = read('README.md')
    .split('\n')
    .filter((line) => /^\| \d/.test(line))
  expect(listed).toEqual(files.map(rowOf))
})
