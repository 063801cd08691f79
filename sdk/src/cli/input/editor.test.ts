// Tests of texts written in an editor, with shell commands as editors and with real files. docs/guide/rex-desk.md
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RexError } from '../../core/error.ts'
import { chosenEditor, edit, withoutHelp } from './editor.ts'

let runtime: string
beforeAll(async () => {
  runtime = await mkdtemp(join(tmpdir(), 'editor-test-'))
})
afterAll(() => rm(runtime, { recursive: true }))

const HELP = ['Say what happened.', '# is a good sign.']
const editWith = (command: string, text = '') =>
  edit(command, { text, help: HELP }, { XDG_RUNTIME_DIR: runtime })

test('VISUAL goes before EDITOR', () => {
  expect(chosenEditor({ VISUAL: 'a --wait', EDITOR: 'b' })).toBe('a --wait')
  expect(chosenEditor({ VISUAL: ' ', EDITOR: 'b' })).toBe('b')
  expect(chosenEditor({})).toBeUndefined()
})

test('the text is everything above the help, lines beginning with # included', async () => {
  expect(await editWith(`sed -i '1s/.*/# one\\n\\ntwo/'`)).toBe('# one\n\ntwo')
  expect(await editWith('true', 'kept')).toBe('kept')
  expect(withoutHelp('all of it')).toBe('all of it')
})

test('T-119 file and directory are private, and nothing is left, not even copies the editor made', async () => {
  const log = join(runtime, 'modes')
  await editWith(
    `f() { stat -c %a "$1" "$(dirname "$1")" > ${log}; cp "$1" "$1.bak"; mkdir "$(dirname "$1")/d"; cp "$1" "$(dirname "$1")/d/x"; }; f`,
  )
  expect(await readFile(log, 'utf8')).toBe('600\n700\n')
  expect(await readdir(runtime)).toEqual(['modes'])
})

test('an editor that fails sends nothing and leaves nothing', async () => {
  await expect(editWith('false')).rejects.toSatisfy((error) => RexError.is(error, 'CONFIG_INVALID'))
  expect(await readdir(runtime)).toEqual(['modes'])
})
