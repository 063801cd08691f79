// Tests of `rex-desk verify` on evidence under a compromised key, and of the report that it saves. docs/guide/rex-desk.md, "Evidence"
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { NOW } from '../../../core/envelope/tests/fixture.ts'
import type { EntityClaims } from '../../../core/identity/entity.ts'
import { entityWords } from '../../../core/identity/invite.ts'
import { encodeEvidence } from '../../../core/receipt/evidence.ts'
import { exchange } from '../../../core/receipt/fixture.ts'
import { runDesk } from '../../../testing/harness/commands.ts'
import { testParty } from '../../../testing/parties/party.ts'

const directory = await mkdtemp(join(tmpdir(), 'rex-verify-'))
const at = (name: string) => join(directory, name)
afterAll(() => rm(directory, { recursive: true }))

const { hotline, ngo, evidence } = await exchange()
const words = [hotline, ngo].flatMap(({ organisation, entity }) => [
  '--words',
  `${organisation}=${entityWords(organisation, entity.key).join(' ')}`,
])
const verify = (file: string, ...more: string[]) =>
  runDesk(['verify', at(file), '--dir', at('no-desk'), ...words, ...more])

/** Makes a statement of the hotline that revokes its message key as compromised. */
async function revocation(atMs: number): Promise<string> {
  const change = (claims: EntityClaims): EntityClaims => ({
    ...claims,
    issuedMs: NOW + 86_400_000,
    party: {
      ...claims.party,
      messageKeys: claims.party.messageKeys.map((key) => ({
        ...key,
        revoked: { reason: 'compromised', atMs },
      })),
    },
  })
  return (await testParty('hotline', { now: NOW, change })).configuration.jwt
}

test('T-150 a compromised key refutes a part: verify fails, and states the part, the organisation and the time', async () => {
  const parts = await evidence()
  const entityConfigurations = [...parts.entityConfigurations, await revocation(NOW - 1000)]
  await writeFile(at('refuted'), encodeEvidence({ ...parts, entityConfigurations }))
  const { code, stdout } = await verify('refuted', '--report', at('refuted.html'))
  expect(code).toBe(1)
  expect(stdout).toMatch(/^The evidence does not hold as a whole: 1 part refuted, 0 messages are proven\./)
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /https:\/\/hotline\.example said on .* that this key was in other hands since/,
  )
  expect(JSON.parse((await verify('refuted', '--json')).stdout)).toMatchObject({
    holds: false,
    messages: [],
    refuted: [{ path: 'messages[0].manifest', what: 'message', sinceMs: NOW - 1000 }],
  })
  expect(await readFile(at('refuted.html'), 'utf8')).toContain('What is refuted')
})

test('the report is private and never replaces a file', async () => {
  await writeFile(at('valid'), encodeEvidence(await evidence()))
  const first = await verify('valid', '--report', at('valid.html'))
  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^The evidence is valid/) })
  expect((await stat(at('valid.html'))).mode & 0o777).toBe(0o600)
  const again = await verify('valid', '--report', at('valid.html'))
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('There is already a file') })
})
