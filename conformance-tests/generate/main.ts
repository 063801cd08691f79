// Writes the vectors anew: `npm run conformance:generate`. A test compares what is committed with what this writes.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { vectorFiles } from './files.ts'

const FOLDER = join(import.meta.dirname, '../vectors')

rmSync(join(FOLDER, 'codec'), { recursive: true, force: true })
mkdirSync(join(FOLDER, 'codec'), { recursive: true })
const files = vectorFiles()
for (const [file, text] of files) writeFileSync(join(FOLDER, file), text)
console.log(`${files.size} files`)
