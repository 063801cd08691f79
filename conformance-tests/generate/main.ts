// `npm run conformance:generate` regenerates the vectors. A test compares the committed files with the output.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { vectorFiles } from './files.ts'

const FOLDER = join(import.meta.dirname, '../vectors')

rmSync(FOLDER, { recursive: true, force: true })
const files = vectorFiles()
for (const [file, text] of files) {
  mkdirSync(dirname(join(FOLDER, file)), { recursive: true })
  writeFileSync(join(FOLDER, file), text)
}
console.log(`${files.size} files`)
