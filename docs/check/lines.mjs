// Checks that no file of code or tests is too long. `node docs/check/lines.mjs [directory]`, part of `npm run lint`.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const MOST = 400
const CODE = /[.](?:[cm]?[jt]s|sh)$/
/** The generator decides how long its files are. */
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
console.log(`Lines: ${files.length} files, ${long.length} too long.`)
process.exitCode = long.length === 0 && files.length > 0 ? 0 : 1
