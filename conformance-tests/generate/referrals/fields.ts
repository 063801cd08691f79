// Reads the field tables of the specification from its text. docs/spec/referral.md, "Fields"
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const SPEC = join(import.meta.dirname, '../../../docs/spec')

/** The kind of a field's value. */
export type Kind =
  | { readonly is: 'text'; readonly format: string; readonly most: number; readonly refersTo?: string }
  | { readonly is: 'code'; readonly list: string }
  | { readonly is: 'object'; readonly type: string }
  | { readonly is: 'number'; readonly from: number; readonly to: number }
  | { readonly is: 'flag' }
  | { readonly is: 'choice'; readonly values: readonly string[] }
  | { readonly is: 'reasons'; readonly fields: readonly string[] }
  | { readonly is: 'list'; readonly most: number; readonly of: Kind }

/** A row of a table. */
export interface FieldRow {
  readonly name: string
  readonly must: boolean
  readonly kind: Kind
}

/** A table: the fields of an object, and the names of fields of which at least or exactly one must be present. */
export interface ObjectTable {
  readonly name: string
  readonly fields: readonly FieldRow[]
  readonly oneOf: readonly string[]
  readonly exactly: boolean
}

/** Reads the objects of a referral by name, in the order of the chapter. */
export function readObjects(): Map<string, ObjectTable> {
  const chapter = readFileSync(join(SPEC, 'referral.md'), 'utf8')
  const [, tables = ''] = /<!-- fields -->\n([\s\S]*?)<!-- \/fields -->/.exec(chapter) ?? []
  const objects = tables.split(/^### /m).slice(1).map(readObject)
  return new Map(objects.map((object) => [object.name, object]))
}

function readObject(text: string): ObjectTable {
  const [name = '', ...lines] = text.split('\n')
  const rule = /(At least|Exactly) one of ([^.]*)/.exec(text)
  const rows = lines.filter((line) => line.startsWith('| `')).map(cells)
  return {
    name: name.trim(),
    fields: rows.map(([field = '', must, value = '']) => ({
      name: unquoted(field),
      must: must === 'yes',
      kind: readKind(value),
    })),
    oneOf: rule?.[2]?.split(/,| and /).map((part) => unquoted(part.replace(/ is given$/, '').trim())) ?? [],
    exactly: rule?.[1] === 'Exactly',
  }
}

function readKind(value: string): Kind {
  const list = /^1 to (\d+): (.*)$/.exec(value)
  if (list) return { is: 'list', most: Number(list[1]), of: readKind(list[2] as string) }
  const code = /^code of \[([^\]]+)\]/.exec(value)
  if (code) return { is: 'code', list: code[1] as string }
  const object = /^\[([^\]]+)\]/.exec(value)
  if (object) return { is: 'object', type: object[1] as string }
  const number = /^whole number, (-?\d+) to (\d+)$/.exec(value)
  if (number) return { is: 'number', from: Number(number[1]), to: Number(number[2]) }
  if (value === 'true or false') return { is: 'flag' }
  if (value.startsWith('reasons for ')) return { is: 'reasons', fields: quotedIn(value) }
  if (value.startsWith('`')) return { is: 'choice', values: quotedIn(value) }
  const text = /^([a-z-]+), ≤ (\d+)(?:; id of an? (\w+))?$/.exec(value)
  if (text === null) throw new Error(`The chapter says "${value}", which nobody reads.`)
  const [, format = '', most, refersTo] = text
  return { is: 'text', format, most: Number(most), ...(refersTo !== undefined && { refersTo }) }
}

/** Reads the first code of each list. docs/spec/codes.md */
export function readCodes(): Map<string, string> {
  const lists = readFileSync(join(SPEC, 'codes.md'), 'utf8').split(/^#+ /m)
  return new Map(
    lists.flatMap((text) => {
      const [name = ''] = text.split('\n')
      const code = /^\| `([a-z0-9-]+)` \|/m.exec(text.slice(text.indexOf('\n')))?.[1]
      return code === undefined ? [] : [[unquoted(name.trim()), code] as const]
    }),
  )
}

function cells(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim())
}

function unquoted(text: string): string {
  return text.replaceAll('`', '')
}

function quotedIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string)
}
