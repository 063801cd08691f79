// Checks the output of verbs against the schema of the commands. docs/guide/rex-desk.md, "Output for programs"
import { PassThrough } from 'node:stream'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { formats } from '../../core/referral/forms/index.ts'
import { buildProgram } from '../program.ts'
import commands from './commands.json' with { type: 'json' }
import { ERROR_OUTPUT, outputOf } from './names.ts'
import { OUTPUTS } from './outputs.ts'

/** Returns the names of all verbs. */
export function verbsOfProgram(): string[] {
  const nothing = new PassThrough()
  const { signal } = new AbortController()
  const shell = { stdin: nothing, stdout: nothing, stderr: nothing, environment: {}, now: Date.now }
  const { commands: verbs } = buildProgram({ ...shell, signal, unread: signal } as never)
  return verbs.map((verb) => verb.name()).filter((name) => name !== 'help')
}

const ajv = new Ajv2020({ strict: false })
for (const [name, accepts] of Object.entries(formats)) ajv.addFormat(name, accepts)
ajv.addSchema(commands)
const compiled = new Map<string, ValidateFunction>()

/** Returns the faults of a value, according to the definition with this name. */
export function faultsOf(name: string, value: unknown): string[] {
  const validate = compiled.get(name) ?? ajv.compile({ $ref: `${commands.$id}#/$defs/${name}` })
  compiled.set(name, validate)
  if (validate(value)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

/** The result of a command. */
interface Printed {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Returns the result of a command, after checking its output for programs against the schema. @throws Error with the faults, if
 * there are any
 */
export function asInSchema<Ended extends Printed>(parameters: readonly string[], ended: Ended): Ended {
  const verb = parameters.find((text) => Object.hasOwn(OUTPUTS, text))
  if (verb === undefined || !parameters.includes('--json') || /^(schema|help)$/.test(verb)) return ended
  const { stdout, stderr, code } = ended
  const printed = OUTPUTS[verb]?.each === true ? linesOf(stdout) : [stdout].filter(Boolean)
  const faults = printed.flatMap((text) => faultsOf(outputOf(verb), JSON.parse(text)))
  const last = linesOf(stderr).at(-1) ?? ''
  if (code !== 0 && last.startsWith('{"error"')) faults.push(...faultsOf(ERROR_OUTPUT, JSON.parse(last)))
  if (faults.length > 0)
    throw new Error(`rex-desk ${verb} printed what its schema forbids:\n${faults.join('\n')}\n${stdout}`)
  return ended
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '')
