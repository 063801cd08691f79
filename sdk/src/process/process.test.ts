// Tests of settings under which the commands refuse to run.
import { describe, expect, test } from 'vitest'
import { rexDesk } from '../testing/harness/commands.ts'
import { refuseLeaks } from './index.ts'

test('T-127 a desk opens no key if a primitive computes wrong results', async () => {
  const broken =
    'data:text/javascript,import%20c%20from%22node:crypto%22;import{syncBuiltinESMExports%20as%20s}from%22node:module%22;c.verify=()=%3Etrue;s()'
  const { code, stderr } = await rexDesk(['inbox', '--json', '--dir', '/nowhere', '--passphrase-stdin'], {
    input: 'any\n',
    env: { NODE_OPTIONS: `--import=${broken}` },
  })
  expect(code).toBe(1)
  expect(JSON.parse(stderr).error).toMatchObject({ reason: 'SELF_TEST_FAILED' })
})

describe('T-073 T-119 settings that record keys or messages', () => {
  test.each([
    '--tls-keylog=keys',
    '--tls_keylog=keys',
    '--trace-tls',
    '--inspect',
    '--inspect-brk=0',
    '--heapsnapshot-signal=SIGUSR2',
    '--abort-on-uncaught-exception',
    '--heap-prof',
    '--report-on-fatalerror',
    '--report-uncaught-exception',
    '--report_on_signal',
    '--experimental-default-config-file',
  ])('T-073 the switch %s, given to Node or in NODE_OPTIONS', (argument) => {
    const [path] = argument.split('=')
    expect(() => refuseLeaks({ execArgv: ['--enable-source-maps', argument], env: {} })).toThrow(
      expect.objectContaining({ reason: 'CONFIG_INVALID', path, hint: 'Leave it out and start again.' }),
    )
    const env = { NODE_OPTIONS: `--max-old-space-size=64 "${argument}"` }
    expect(() => refuseLeaks({ execArgv: [], env })).toThrow(
      expect.objectContaining({ reason: 'CONFIG_INVALID', path: `NODE_OPTIONS with ${path}` }),
    )
  })

  test.each([
    ['NODE_DEBUG', 'tls'],
    ['NODE_DEBUG_NATIVE', 'crypto'],
    ['SSLKEYLOGFILE', '/tmp/keys'],
    ['GRPC_TRACE', 'all'],
    ['GRPC_NODE_TRACE', 'call_stream'],
    ['GRPC_NODE_DEBUG_SEND_ERROR_DETAILS', 'true'],
    ['GRPC_VERBOSITY', 'DEBUG'],
    ['GRPC_NODE_VERBOSITY', 'info'],
  ])('T-073 the variable %s=%s', (path, value) => {
    expect(() => refuseLeaks({ execArgv: [], env: { [path]: value } })).toThrow(
      expect.objectContaining({ reason: 'CONFIG_INVALID', path, hint: `Unset ${path} and start again.` }),
    )
    refuseLeaks({ execArgv: [], env: { [path]: '' } })
  })

  test('T-073 rex-desk does not run under these settings', async () => {
    const { code, stderr } = await rexDesk(['--help'], { env: { NODE_OPTIONS: '--tls-keylog=keys' } })
    expect(code).toBe(1)
    expect(stderr).toContain('rex-desk: NODE_OPTIONS with --tls-keylog would write keys or messages to disk.')
  })

  test('T-073 settings that record nothing are accepted', () => {
    const env = { NODE_OPTIONS: '--enable-source-maps', GRPC_VERBOSITY: 'NONE', HTTPS_PROXY: 'http://x' }
    refuseLeaks({ execArgv: ['--conditions=x', '--max-old-space-size=64'], env })
  })
})
