// `node docs/check/lines.mjs [directory]` checks that no source file is too long and no folder has too many files. Part of `npm run lint`.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const MOST = 400
/** Maximum number of sources, and of tests, in a folder. */
const MOST_FILES = 12
const CODE = /[.](?:[cm]?[jt]s|sh)$/
/** Matches generated files, which may have any length. */
const GENERATED = /^proto\/gen\//

const root = process.argv[2] ?? '.'
const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
const files = execFileSync('git', listed, { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => CODE.test(file) && !GENERATED.test(file) && existsSync(join(root, file)))

const long = files
  .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
  .filter(({ lines }) => lines > MOST)
for (const { file, lines } of long)
  console.error(`${file} has ${lines} lines; at most ${MOST}. Split it by idea.`)

const full = Object.entries(Object.groupBy(files, kindOf)).filter(([, { length }]) => length > MOST_FILES)
for (const [folder, { length }] of full)
  console.error(`${folder} has ${length} files; at most ${MOST_FILES}. Give it a room for each idea.`)
console.log(`Lines: ${files.length} files, ${long.length} too long; ${full.length} folders too full.`)
process.exitCode = long.length + full.length === 0 && files.length > 0 ? 0 : 1

/** Returns the folder of a file, and whether the file is a test. */
function kindOf(file) {
  return `${dirname(file)} (${/[.]test[.]/.test(file) ? 'tests' : 'sources'})`
}
