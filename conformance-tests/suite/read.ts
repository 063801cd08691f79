// Reads JSON files strictly. Errors state the file, the line, the member and the remedy. docs/guide/conformance.md
import { readdirSync, readFileSync } from 'node:fs'
import jsonc, { type Node, type ParseError } from 'jsonc-parser'

/** Thrown for a malformed suite file or configuration. The message states the file and the place. */
export class BadFile extends Error {
  override readonly name = 'BadFile'
}

/** Path to a part of a JSON value: names of members and indexes of entries. */
export type Path = readonly (string | number)[]

/** The content of a JSON file. */
export interface JsonFile {
  readonly value: unknown
  /** Makes the error for a part of the file. */
  bad(path: Path, what: string): BadFile
}

const MOST = 256 * 1024 * 1024
const STRICT = { disallowComments: true, allowTrailingComma: false }

/** Remedies for errors in JSON. All other errors get a general remedy. */
const REMEDIES: Readonly<Record<string, string>> = {
  InvalidCommentToken: 'JSON has no comments. Remove it.',
  PropertyNameExpected: 'The name of a member must come here, in double quotes. Is there a comma too many?',
  ValueExpected: 'A value must come here. Is there a comma too many?',
  CommaExpected: 'A comma must come here.',
  ColonExpected: 'A colon must come here.',
  CloseBraceExpected: 'The object does not end. Add "}".',
  CloseBracketExpected: 'The list does not end. Add "]".',
  EndOfFileExpected: 'The file must end here. Remove the rest.',
  InvalidSymbol: 'Texts and names stand in double quotes; the only words without are true, false and null.',
  UnexpectedEndOfString:
    'The text does not end on its line. Close it with a double quote; write a line end as \\n.',
  InvalidEscapeCharacter: 'The character after "\\" is wrong. Write "\\\\" for a backslash.',
}

/** Reads a JSON file. @throws BadFile */
export function readJson(file: string): unknown {
  return readJsonFile(file).value
}

/** Reads a JSON file, for which further errors can be reported with their places. @throws BadFile */
export function readJsonFile(file: string): JsonFile {
  const text = readText(file)
  const errors: ParseError[] = []
  let tree: Node | undefined
  try {
    tree = jsonc.parseTree(text, errors, STRICT)
  } catch {
    throw new BadFile(`${file} is nested too deeply.`)
  }
  const at = (offset: number, path: Path, what: string) =>
    new BadFile(`${file}:${place(text, offset)}: ${[shownPath(path), what].filter(Boolean).join(': ')}`)
  const [error] = errors
  if (error !== undefined) {
    const remedy =
      REMEDIES[jsonc.printParseErrorCode(error.error)] ?? 'This is not JSON. Look at what is here.'
    throw at(
      error.offset,
      jsonc.getLocation(text, error.offset).path.filter((part) => part !== ''),
      remedy,
    )
  }
  const double = tree && doubleIn(tree)
  if (double)
    throw at(
      double.offset,
      jsonc.getNodePath(double.children?.[1] ?? double),
      'This member occurs twice. Remove one of the two.',
    )
  return {
    value: parsed(file, text),
    bad: (path, what) => at(offsetOf(tree, path), path, what),
  }
}

/** Lists the entries of a folder that are folders, or files that end in `.json`, in order. @throws BadFile */
export function listed(folder: string, what: 'folders' | 'files'): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    const wanted = entries.filter((one) =>
      what === 'folders' ? one.isDirectory() : one.name.endsWith('.json'),
    )
    return wanted.map(({ name }) => name).sort()
  } catch {
    throw new BadFile(`There is no folder ${folder}.`)
  }
}

function readText(file: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    throw new BadFile(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`)
  }
  if (bytes.length > MOST) throw new BadFile(`${file} has more than ${MOST} bytes.`)
  const lossy = bytes.toString('utf8')
  if (lossy.startsWith('\ufeff'))
    throw new BadFile(`${file}:1:1: The file begins with a byte order mark. Save it as UTF-8 without one.`)
  if (!Buffer.from(lossy).equals(bytes))
    throw new BadFile(
      `${file}:${place(lossy, lossy.indexOf('\ufffd'))}: This is not UTF-8. Save the file as UTF-8.`,
    )
  return lossy
}

/** Parses text in which no error was found. Only faults that the tolerant parser accepts can remain. */
function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadFile(`${file} is not JSON: ${(error as Error).message}`)
  }
}

/** Returns line and column of an offset. */
function place(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n')
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`
}

/** Finds a member that has the same name as an earlier member of the same object. */
function doubleIn({ type, children = [] }: Node): Node | undefined {
  const names = new Set<unknown>()
  for (const child of children) {
    const name = child.children?.[0]?.value
    if (type === 'object' && names.has(name)) return child
    names.add(name)
    const found = doubleIn(child)
    if (found) return found
  }
  return undefined
}

/** Returns the offset at which a part begins. A member begins with its name. */
function offsetOf(tree: Node | undefined, path: Path): number {
  const found = tree && jsonc.findNodeAtLocation(tree, [...path])
  return (found?.parent?.type === 'property' ? found.parent : found)?.offset ?? 0
}

/** Writes a path such as `steps[3].of`. */
export function shownPath(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^[.]/, '')
}
