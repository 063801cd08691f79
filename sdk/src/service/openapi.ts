// The OpenAPI document, made from the table of operations. docs/guide/service.md

import { TO } from '../client/api/options.ts'
import { REASONS } from '../core/error.ts'
import { type About, type JsonSchema, schemaOf } from '../core/referral/schema/json-schema.ts'
import type { Node, ObjectNode } from '../core/referral/schema/node.ts'
import { referralSchema } from '../core/referral/schema/referral-schema.ts'
import { SERVICE } from './operations/answers.ts'
import { OPERATIONS, type Operation } from './operations/index.ts'

const JSON_TYPE = 'application/json'
const TEXT = { type: 'string' }
/** Operations that take an idempotency key only to ask about it. */
const ASKS_FOR_KEY: readonly string[] = ['wasSent', 'groupWasSent', 'wasDone']
const PROBLEM = { $ref: '#/components/responses/Problem' }

/** Makes the document. `about` returns the docstrings of the SDK's types. */
export function openApi(about: About, version: string): JsonSchema {
  const definitions = new Map<string, JsonSchema>()
  const schema = (node: Node) => schemaOf(node, about, definitions)
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [name, operation] of Object.entries<Operation>(OPERATIONS)) {
    const path = `/v1${operation.path.replaceAll(/:(\w+)/g, '{$1}')}`
    paths[path] = {
      ...paths[path],
      [operation.method.toLowerCase()]: operationObject(name, operation, { schema, about }),
    }
  }
  Object.assign(paths, aboutService(schema))
  schema(TO)
  const document = {
    openapi: '3.1.1',
    info: { title: 'REX desk service', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: 'http://desk', description: 'The Unix socket `service.sock` in the desk directory.' }],
    // Over a socket, the file system identifies the caller.
    security: [{}, { token: [] }],
    paths,
    components: {
      schemas: componentsOf(definitions),
      responses: { Problem: problemResponse() },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
  return JSON.parse(JSON.stringify(document).replaceAll('"#/$defs/', '"#/components/schemas/'))
}

type SchemaOf = (node: Node) => JsonSchema

/** The functions by which the document describes values. */
interface Describing {
  readonly schema: SchemaOf
  readonly about: About
}

function operationObject(name: string, operation: Operation, how: Describing): JsonSchema {
  const { method, path, summary, scope, input } = operation
  const hasBody = method === 'POST' && Object.keys(input.fields).length > 0
  return {
    operationId: name,
    summary,
    tags: [tagOf(path)],
    'x-rex-scope': scope,
    parameters: [...pathParameters(path), ...queryParameters(operation, how), ...headers(name, operation)],
    ...(hasBody && { requestBody: bodyOf(input, how) }),
    responses: { ...success(operation, how.schema), default: PROBLEM },
  }
}

function bodyOf(input: ObjectNode, { schema }: Describing): JsonSchema {
  const required = Object.values(input.fields).some((field) => field.required === true)
  return { required, content: { [JSON_TYPE]: { schema: schema(input) } } }
}

function tagOf(path: string): string {
  if (ofThread(path)) return 'thread'
  return /^\/(items|leases|parked)/.test(path) ? 'items' : 'desk'
}

const ofThread = (path: string) => path.startsWith('/threads/:thread')

function pathParameters(path: string): JsonSchema[] {
  const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => parameter('path', name as string, TEXT))
  const track = { ...TEXT, description: 'The counterpart, where the thread has several.' }
  return ofThread(path) ? [...named, parameter('query', 'with', track)] : named
}

function queryParameters({ method, input }: Operation, { schema, about }: Describing): JsonSchema[] {
  if (method !== 'GET') return []
  return Object.entries(input.fields).map(([field, node]) => {
    const description = about.describe(input.name, field)
    return { ...parameter('query', field, schema(node)), ...(description !== undefined && { description }) }
  })
}

function headers(name: string, { change }: Operation): JsonSchema[] {
  const key = parameter('header', 'Idempotency-Key', { ...TEXT, maxLength: 255 })
  const actor = { ...parameter('header', 'Rex-Actor', { ...TEXT, maxLength: 200 }), required: true }
  if (change) return [key, actor]
  return ASKS_FOR_KEY.includes(name) ? [{ ...key, required: true }] : []
}

function parameter(where: 'path' | 'query' | 'header', name: string, schema: JsonSchema): JsonSchema {
  return { name, in: where, ...(where === 'path' && { required: true }), schema }
}

function success({ path, answer, stream }: Operation, schema: SchemaOf): JsonSchema {
  const none = { '204': { description: 'Done, or there is nothing.' } }
  if (answer === undefined) return none
  const content =
    answer === 'bytes' ? { 'application/octet-stream': {} } : { [JSON_TYPE]: { schema: schema(answer) } }
  const streamed = { 'text/event-stream': { schema: TEXT } }
  const all = stream === undefined ? content : { ...content, ...streamed }
  return { '200': { description: 'The answer.', content: all }, ...(path === '/items/lease' && none) }
}

/** Returns the paths of the operations that describe the service itself. */
function aboutService(schema: SchemaOf): JsonSchema {
  const read = (operationId: string, summary: string, responses: object) => ({
    get: {
      operationId,
      summary,
      tags: ['service'],
      parameters: [],
      responses: { ...responses, default: PROBLEM },
    },
  })
  const well = { '204': { description: 'It is.' } }
  return {
    '/v1/service': read('service', 'Which desk this service holds, in which process, since when.', {
      '200': { description: 'The answer.', content: { [JSON_TYPE]: { schema: schema(SERVICE) } } },
    }),
    '/v1/live': read('live', 'Whether the process answers.', well),
    '/v1/ready': read(
      'ready',
      'Whether the desk can read, send and decide now. It need not reach its gateway.',
      well,
    ),
  }
}

function problemResponse(): JsonSchema {
  const properties = {
    type: { ...TEXT, description: '`urn:rex:problem:` and the code.' },
    code: { type: 'string', enum: Object.keys(REASONS) },
    status: { type: 'integer' },
    detail: { ...TEXT, description: 'What is wrong, for people. Never case data.' },
    hint: { ...TEXT, description: 'The remedy, for people.' },
    retryable: { type: 'boolean', description: 'Whether the same call may succeed later.' },
    path: { ...TEXT, description: 'Path of the field concerned.' },
    metadata: { type: 'object', additionalProperties: TEXT },
    problems: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          path: TEXT,
          code: { ...TEXT, description: 'Machine code of the problem or finding.' },
          message: TEXT,
          values: { type: 'object', additionalProperties: TEXT },
          suggestion: TEXT,
        },
        required: ['path', 'code', 'message', 'values'],
      },
    },
  }
  const required = ['type', 'code', 'status', 'detail', 'hint', 'retryable', 'metadata']
  const schema = { type: 'object', properties, required }
  return { description: 'A problem (RFC 9457).', content: { 'application/problem+json': { schema } } }
}

/** Returns the schemas that operations refer to, including those of referrals. */
function componentsOf(definitions: ReadonlyMap<string, JsonSchema>): JsonSchema {
  const { $schema: _, $id: _id, $defs, ...referral } = referralSchema
  const { required: _required, ...partial } = referral
  const all = {
    ...($defs as object),
    ...Object.fromEntries(definitions),
    Referral: referral,
    PartialReferral: partial,
  }
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
}
