import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { explain } from '../cli/terminal.ts'
import { startGateway } from '../gateway.ts'
import { initGateway } from '../init.ts'
import { openLog } from '../telemetry/open.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { endpointsOf, enrolmentAddress } from './addresses.ts'
import { parseConfig, readConfig } from './config.ts'

const LEAST = { organisation: 'https://ngo.example', listen: '127.0.0.1:7443', enrolListen: '0.0.0.0:7444' }

test('an omitted entry has its documented default', () => {
  expect(parseConfig(LEAST)).toMatchObject({
    ...LEAST,
    dataDir: '.',
    log: 'info',
    retry: { minMs: 10_000, maxMs: 3_600_000, answerMs: 30_000, connectMs: 10_000 },
    limits: { window: 256, items: 2_000_000 },
  })
})

test.each([
  ['a typing error', { ...LEAST, listn: 'x' }, 'listn', /Did you mean listen\?/],
  ['an unknown entry', { ...LEAST, password: 'x' }, 'password', /Known entries: organisation/],
  ['a typing error below', { ...LEAST, retry: { minMS: 1 } }, 'retry.minMS', /Did you mean .*minMs/],
  ['a missing entry', { organisation: LEAST.organisation }, 'listen', /is missing/],
  ['a wrong kind', { ...LEAST, listen: 7443 }, 'listen', /must be a text/],
  ['no entity identifier', { ...LEAST, organisation: 'ngo.example' }, 'organisation', /./],
  ['no address', { ...LEAST, listen: '7443' }, 'listen', /host:port/],
  ['a health listener at no address', { ...LEAST, healthListen: '80' }, 'healthListen', /host:port/],
  ['a number out of bounds', { ...LEAST, limits: { window: 0 } }, 'limits.window', /from 1/],
  ['a level that is none', { ...LEAST, log: 'loud' }, 'log', /debug, info/],
  [
    'a proxy without its scheme',
    { ...LEAST, proxy: 'proxy.ngo.example:3128' },
    'proxy',
    /http:\/\/host:port/,
  ],
  ['a proxy over TLS', { ...LEAST, proxy: 'https://proxy.ngo.example' }, 'proxy', /http:\/\/host:port/],
  [
    'a proxy with half a password',
    { ...LEAST, proxy: 'http://u:%z@proxy.example' },
    'proxy',
    /http:\/\/host:port/,
  ],
  ['an empty list', { ...LEAST, endpoints: [] }, 'endpoints', /list of 1 to 8/],
  [
    'an endpoint without a port',
    { ...LEAST, endpoints: ['gw.example:0'] },
    'endpoints[0]',
    /others cannot reach/,
  ],
  [
    'an endpoint of no host',
    { ...LEAST, endpoints: ['a.example:1', '[::]:1'] },
    'endpoints[1]',
    /others cannot reach/,
  ],
  [
    'an enrolment at no host',
    { ...LEAST, enrolEndpoint: '0.0.0.0:1' },
    'enrolEndpoint',
    /others cannot reach/,
  ],
  [
    'a wildcard that no endpoint explains',
    { ...LEAST, listen: '0.0.0.0:7443' },
    'endpoints',
    /others cannot reach/,
  ],
  ['a data directory with NUL', { ...LEAST, dataDir: 'a\0b' }, 'dataDir', /NUL/],
  ['a log file that is half a character', { ...LEAST, logFile: '\ud800' }, 'logFile', /half a character/],
  ['an endpoint twice', { ...LEAST, endpoints: ['a.example:1', 'a.example:1'] }, 'endpoints', /twice/],
  ['two listeners at one address', { ...LEAST, enrolListen: LEAST.listen }, 'enrolListen', /same address as/],
  [
    'health at the address of mail',
    { ...LEAST, healthListen: LEAST.listen },
    'healthListen',
    /same address as/,
  ],
])('T-120 %s is refused with its path and a hint', (_name, value, path, message) => {
  expect(() => parseConfig(value)).toThrow(
    expect.objectContaining({ reason: 'CONFIG_INVALID', path, message: expect.stringMatching(message) }),
  )
})

test('T-062 any value of an entry is accepted, or refused with CONFIG_INVALID', () => {
  const names = [...Object.keys(LEAST), 'healthListen', 'endpoints', 'proxy', 'retry', 'limits', '__proto__']
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.json(), (name, json) => {
      try {
        parseConfig(JSON.parse(`{${JSON.stringify(LEAST).slice(1, -1)},"${name}":${json}}`))
      } catch (error) {
        expect(error).toMatchObject({ reason: 'CONFIG_INVALID' })
      }
    }),
    { numRuns: 2000 },
  )
})

/** Every member of the configuration, including members of nested objects. */
const MEMBERS = Object.entries(parseConfig(LEAST)).flatMap(([name, value]) =>
  value instanceof Object ? [name, ...Object.keys(value).map((below) => `${name}.${below}`)] : [name],
)
const NEVER = [
  null,
  true,
  {},
  [],
  [[]],
  '',
  ' ',
  'x',
  '\0',
  '\ud800',
  'x'.repeat(5000),
  -1,
  0.5,
  1e300,
  2 ** 53,
]

test.each(MEMBERS)('T-062 T-120 %s is accepted, or refused under its own name', (member) => {
  const [name = '', below] = member.split('.')
  for (const value of [
    ...NEVER,
    [null],
    ['x'],
    [0],
    { x: 1 },
    { length: 1 },
    Number.MAX_VALUE,
    '1',
    '127.0.0.1:0',
  ]) {
    const config = { ...LEAST, [name]: below === undefined ? value : { [below]: value } }
    try {
      expect(parseConfig(JSON.parse(JSON.stringify(config)))).toHaveProperty(name)
    } catch (error) {
      expect(error, `${member}=${JSON.stringify(value)}`).toMatchObject({
        reason: 'CONFIG_INVALID',
        path: expect.stringMatching(`^${name}`),
        message: expect.not.stringMatching(/undefined|\[object/),
        hint: expect.stringMatching(/./),
      })
    }
  }
})

test.each([
  ['dataDir', 'x'.repeat(300)],
  ['dataDir', 'missing/folder'],
  ['dataDir', 'gateway.json'],
  ['logFile', '.'],
  ['logFile', 'missing/gateway.log'],
  ['listen', '192.0.2.1:0'],
  ['listen', 'nobody.invalid:0'],
  ['enrolListen', '192.0.2.1:0'],
  ['healthListen', 'nobody.invalid:0'],
])('T-062 T-153 a gateway whose %s is %s does not start, and says why', async (name, value) => {
  using directory = temporaryDirectory()
  await initGateway({ directory: directory.path, organisation: LEAST.organisation, listen: '127.0.0.1:0' })
  const file = join(directory.path, 'gateway.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), [name]: value }))
  const config = await readConfig(directory.path)
  const refused = (async () => startGateway(config, openLog(config)))().catch(explain)
  expect(await refused).toMatchObject({
    reason: expect.stringMatching(/^(CONFIG_INVALID|ADDRESS_IN_USE|NOT_FOUND|STORE_FAILED)$/),
    message: expect.stringMatching(/./),
    hint: expect.stringMatching(/./),
  })
})

test('the path of the data directory is relative to the configuration file', async () => {
  using directory = temporaryDirectory()
  mkdirSync(join(directory.path, 'data'))
  writeFileSync(join(directory.path, 'gateway.json'), JSON.stringify({ ...LEAST, dataDir: 'data' }))
  expect((await readConfig(directory.path)).dataDir).toBe(join(directory.path, 'data'))
})

test('a configuration file that is missing or not JSON is refused with that reason', async () => {
  using directory = temporaryDirectory()
  await expect(readConfig(directory.path)).rejects.toMatchObject({
    hint: expect.stringContaining('rex-gateway init'),
  })
  writeFileSync(join(directory.path, 'gateway.json'), '{')
  await expect(readConfig(directory.path)).rejects.toMatchObject({
    message: expect.stringContaining('The JSON is not well-formed at line 1'),
  })
})

test('REX-ENC-037 a configuration of a terabyte is refused without reading it', async () => {
  using directory = temporaryDirectory()
  const file = join(directory.path, 'gateway.json')
  writeFileSync(file, '{')
  truncateSync(file, 2 ** 40)
  await expect(readConfig(directory.path)).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    message: expect.stringContaining('larger than 1048576 bytes'),
  })
})

test('T-152 a byte order mark and CRLF are accepted; a duplicate entry is refused, not dropped', async () => {
  using directory = temporaryDirectory()
  const file = join(directory.path, 'gateway.json')
  const text = JSON.stringify(LEAST, null, 2)
  writeFileSync(file, `\ufeff${text.replaceAll('\n', '\r\n')}`)
  expect((await readConfig(directory.path)).organisation).toBe(parseConfig(LEAST).organisation)
  writeFileSync(file, text.replace('{', '{ "limits": {"items": 10, "items": 20},'))
  await expect(readConfig(directory.path)).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    message: expect.stringContaining('A field occurs twice at line 1, column 27.'),
  })
  writeFileSync(file, text.replace('{', '{ "limits": {"items": 10.0},'))
  await expect(readConfig(directory.path)).rejects.toMatchObject({ reason: 'CONFIG_INVALID' })
})

test('desks enrol at the public host, on the port of the enrolment listener', () => {
  const bound = { listen: '127.0.0.1:7443', enrolListen: '127.0.0.1:7444' }
  const config = parseConfig(LEAST)
  expect(endpointsOf(config, bound)).toEqual(['127.0.0.1:7443'])
  expect(enrolmentAddress({ ...config, endpoints: ['gateway.ngo.example:443'] }, bound)).toBe(
    'gateway.ngo.example:7444',
  )
  expect(enrolmentAddress({ ...config, enrolEndpoint: 'enrol.ngo.example:443' }, bound)).toBe(
    'enrol.ngo.example:443',
  )
})
