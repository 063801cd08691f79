// Every verb has a schema for its output, the generated document is current, and `rex-desk schema` prints it. docs/guide/rex-desk.md,
// "Output for programs"
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { ABOUT } from '../../service/fixture.ts'
import openapi from '../../service/openapi.json' with { type: 'json' }
import { runDesk } from '../../testing/harness/commands.ts'
import { commandsSchema } from './document.ts'
import { verbsOfProgram } from './fixture.ts'
import { outputOf } from './names.ts'
import { OUTPUTS } from './outputs.ts'

const document = commandsSchema(ABOUT)
const definitions = document.$defs as Readonly<Record<string, object>>

test('every verb of the program has a schema, and no other', () => {
  expect(Object.keys(OUTPUTS).sort()).toEqual(verbsOfProgram().sort())
})

test('commands.json is current', async () => {
  await expect(`${JSON.stringify(document, undefined, 1)}\n`).toMatchFileSnapshot('commands.json')
})

test('definitions with the same name here and in the OpenAPI document are equal', () => {
  const schemas: Readonly<Record<string, object>> = openapi.components.schemas
  const shared = Object.keys(definitions).filter((name) => Object.hasOwn(schemas, name))
  expect(shared).toEqual(expect.arrayContaining(['DeskProblem', 'Peer', 'Thread', 'ThreadSummary']))
  for (const name of shared)
    expect(
      JSON.parse(JSON.stringify(definitions[name]).replaceAll('#/$defs/', '#/components/schemas/')),
      name,
    ).toEqual(schemas[name])
})

test.each([...Object.keys(OUTPUTS), 'receive-exec', 'error'])(
  'the schema of %s stands alone',
  async (name) => {
    const { stdout, code } = await runDesk(['schema', name])
    expect(code).toBe(0)
    const schema = JSON.parse(stdout)
    const ajv = new Ajv2020({ strict: false, formats: { 'partial-date': true, instant: true } })
    expect(ajv.compile(schema)({ strange: 1 })).toBe(['example', 'schema'].includes(name))
  },
)

test('without a verb, the whole document is printed; an unknown verb is refused with the nearest one', async () => {
  expect(JSON.parse((await runDesk(['schema'])).stdout)).toEqual(JSON.parse(JSON.stringify(document)))
  expect(await runDesk(['schema', 'statuss'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean status?'),
  })
  expect(definitions[outputOf('status')]).toBeDefined()
})
