// Edits a text in the user's editor, in a private file that is overwritten and removed. docs/guide/rex-desk.md
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RexError } from '../../core/error.ts'
import { decodeText } from '../../core/input/text.ts'
import { readBounded } from '../../process/read-file.ts'

/** Maximum size of a text that an editor may save, in bytes. */
const TEXT = { path: 'The text', limit: 1024 * 1024 }
/** Line at which the text ends and the help begins. */
const CUT = '# ------------------------ >8 ------------------------'

/** Initial contents of the editor. */
export interface EditableText {
  /** Initial text. Default: empty. */
  readonly text?: string
  /** Help lines, shown below the text. */
  readonly help: readonly string[]
}

/** Returns the editor that the user has configured, or undefined. */
export function chosenEditor(environment: NodeJS.ProcessEnv): string | undefined {
  return environment.VISUAL?.trim() || environment.EDITOR?.trim() || undefined
}

/**
 * Opens an editor and returns the saved text without the help. The file has mode 0600 in a directory of mode 0700, in memory if the system offers
 * that (XDG_RUNTIME_DIR). The file and every copy that the editor left next to it are removed afterwards (T-119).
 * @throws RexError CONFIG_INVALID if the editor exits with an error
 */
export async function edit(
  editor: string,
  given: EditableText,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const directory = await mkdtemp(join(environment.XDG_RUNTIME_DIR || tmpdir(), 'rex-desk-'))
  const file = join(directory, 'text.txt')
  try {
    await writeFile(file, compose(given), { mode: 0o600, flag: 'wx' })
    await run(editor, file)
    return withoutHelp(decodeText(await readBounded(file, TEXT), TEXT))
  } finally {
    await shred(directory)
  }
}

function compose({ text = '', help }: EditableText): string {
  return [text, '', CUT, ...help.map((line) => `# ${line}`), ''].join('\n')
}

/** Returns the text before the line `CUT`, without empty lines at its start and end. */
export function withoutHelp(saved: string): string {
  const lines = saved.split(/\r?\n/)
  const cut = lines.indexOf(CUT)
  return lines
    .slice(0, cut === -1 ? lines.length : cut)
    .join('\n')
    .trim()
}

async function run(editor: string, file: string): Promise<void> {
  const child =
    process.platform === 'win32'
      ? spawn(`${editor} "${file}"`, { shell: true, stdio: 'inherit' })
      : spawn('sh', ['-c', `${editor} "$1"`, editor, file], { stdio: 'inherit' })
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('exit', resolve).on('error', reject),
  )
  if (code !== 0)
    throw new RexError('CONFIG_INVALID', `The editor "${editor}" ended with an error; nothing was sent.`, {
      hint: 'Set VISUAL or EDITOR to a working editor, or give the text on standard input.',
    })
}

async function shred(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true })
  for (const entry of entries) if (entry.isFile()) await overwrite(join(entry.parentPath, entry.name))
  await rm(directory, { recursive: true, force: true })
}

async function overwrite(file: string): Promise<void> {
  await using handle = await open(file, 'r+')
  const { size } = await handle.stat()
  await handle.write(randomBytes(size), 0, size, 0)
  await handle.sync()
}
