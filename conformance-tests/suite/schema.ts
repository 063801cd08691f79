// Checks suite files against their JSON Schemas, and describes the faults in words. docs/guide/conformance.md
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { type BadFile, type JsonFile, type Path, readJson, readJsonFile } from './read.ts'

type Json = Readonly<Record<string, unknown>>

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
}

/** A function that reads a file and checks it. @throws BadFile */
export type Reader<T> = (file: string) => JsonFile & { readonly value: T }

/** Makes the reader of files that must match a schema. */
export function readerBy<T>(schema: string): Reader<T> {
  const ajv = new Ajv2020({ discriminator: true, verbose: true, allowUnionTypes: true, strict: false })
  const root = readJson(schema) as Json
  const isValid: ValidateFunction = ajv.compile(root)
  return (file) => {
    const read = readJsonFile(file)
    if (!isValid(read.value)) throw badBy(read, isValid.errors ?? [], root)
    return read as JsonFile & { readonly value: T }
  }
}

function badBy(file: JsonFile, errors: readonly ErrorObject[], root: Json): BadFile {
  // If all alternatives fail, report the deepest error, because it is the most specific. The error of the whole
  // choice comes last.
  const depth = ({ instancePath }: ErrorObject) => instancePath.split('/').length
  const error = errors.reduce((a, b) => (depth(b) >= depth(a) ? b : a))
  const path = pathIn(file.value, error.instancePath)
  const { additionalProperty, missingProperty, propertyName } = error.params
  if (error.keyword === 'additionalProperties') return file.bad([...path, additionalProperty], unknown(error))
  if (missingProperty !== undefined)
    return file.bad(path, `The member ${missingProperty} is missing. Add it.`)
  const name = propertyName ?? error.propertyName
  if (name !== undefined) return file.bad([...path, name], `This name is not allowed. ${wanted(error, root)}`)
  return file.bad(error.keyword === 'discriminator' ? [...path, 'do'] : path, wanted(error, root))
}

function unknown({ parentSchema }: ErrorObject): string {
  const names = Object.keys((parentSchema as Json).properties ?? {})
  return `There is no such member here. Correct its name, or remove it. Possible: ${names.join(', ')}.`
}

/** Describes the value that is expected in place of the given value. */
function wanted({ keyword, params, schema, parentSchema, data }: ErrorObject, root: Json): string {
  const { description, ...rest } = parentSchema as Json
  const about = typeof description === 'string' ? ` ${description}` : ''
  if (keyword === 'discriminator')
    return `There is no step ${JSON.stringify(params.tagValue)}. Possible: ${tagsOf(rest, root).join(', ')}.`
  if (keyword === 'minItems' || keyword === 'minProperties') return `At least ${schema} must be here.${about}`
  if (keyword === 'uniqueItems')
    return `The entries ${Math.min(params.i, params.j)} and ${Math.max(params.i, params.j)} are the same. Remove one.`
  return `${shown(data)} is not ${described(rest, root)}.${about}`
}

function tagsOf(schema: Json, root: Json): string[] {
  const choices = (schema.oneOf ?? []) as Json[]
  return choices.map((one) => {
    const { properties } = resolved(one, root) as { properties?: { do?: { const?: string } } }
    return properties?.do?.const ?? ''
  })
}

/** Describes a schema in a few words. */
function described(schema: Json, root: Json): string {
  const { enum: list, const: only, type, pattern, anyOf, oneOf, minimum, not } = resolved(schema, root)
  const choices = (anyOf ?? oneOf) as Json[] | undefined
  if (Array.isArray(list)) return `one of ${list.map(shown).join(', ')}`
  if (only !== undefined) return shown(only)
  if (choices !== undefined) return [...new Set(choices.map((one) => described(one, root)))].join(', or ')
  const words = [type].flat().map((one) => TYPES[String(one)] ?? 'allowed')
  const form = pattern === undefined ? '' : ` of the form ${String(pattern)}`
  const least = minimum === undefined ? '' : ` from ${String(minimum)}`
  return `${words.join(' or ')}${form}${least}${not === undefined ? '' : `, or it is ${shown((not as Json).const)}`}`
}

function resolved(schema: Json, root: Json): Json {
  const { $ref } = schema
  if (typeof $ref !== 'string') return schema
  return resolved((root.$defs as Record<string, Json>)[$ref.replace('#/$defs/', '')] ?? {}, root)
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** Converts a JSON pointer to a path. A part is an index if the value there is a list. */
function pathIn(value: unknown, pointer: string): Path {
  let here = value
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
      const key = Array.isArray(here) ? Number(name) : name
      here = (here as Record<string | number, unknown>)[key]
      return key
    })
}
