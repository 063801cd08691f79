// Tests of the organisation's own settings. docs/guide/desk.md, "Local configuration"
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { readNeeds, readPresets } from './local-config.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rex-own-'))
  return () => rm(directory, { recursive: true })
})

test('without a file there are no presets and no needs', async () => {
  expect(await readNeeds(directory)).toBeUndefined()
  expect(await readPresets(directory)).toEqual({})
})

test('presets that cannot be read are an error', async () => {
  await symlink('presets.json', join(directory, 'presets.json'))
  await expect(readPresets(directory)).rejects.toMatchObject({ code: 'ELOOP' })
})

test.each([
  ['{"*":{"handling":{"night":{"tpl":"red"}}}}', '"*".handling.night.tpl'],
  ['{"*":{}', 'The file'],
  ['{"*":{},"*":{}}', '"*"'],
])('a mistyped entry is refused, with file and field: %s', async (text, path) => {
  await writeFile(join(directory, 'presets.json'), text)
  await expect(readPresets(directory)).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    message: expect.stringContaining('presets.json'),
    metadata: { path },
  })
})

test('needs that name an unknown field are refused', async () => {
  await writeFile(join(directory, 'needs.json'), '{"advisory":{"must":["triage.rsk"]}}')
  await expect(readNeeds(directory)).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    message: expect.stringContaining('needs.json: advisory names no field: triage.rsk; did you mean risk?'),
  })
})

test('a file that is too large is refused as such, and read no further than its limit (REX-ENC-037)', async () => {
  await writeFile(join(directory, 'needs.json'), ' '.repeat(300_000))
  await expect(readNeeds(directory)).rejects.toMatchObject({
    reason: 'LIMIT_EXCEEDED',
    metadata: { path: join(directory, 'needs.json') },
  })
})
