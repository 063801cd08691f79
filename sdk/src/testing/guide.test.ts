// The program of docs/guide/testing.md does what the page says.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const PAGE = new URL('../../../docs/guide/testing.md', import.meta.url)
const PROGRAM = fileURLToPath(new URL('guide.tmp.ts', import.meta.url))

test('the blocks of the guide run as one program', () => {
  const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code)
  expect(blocks).toHaveLength(5)
  writeFileSync(PROGRAM, blocks.join('\n'))
  try {
    const options = ['--disable-warning=ExperimentalWarning', '--conditions=@rex/source', PROGRAM]
    const { status, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8', timeout: 20_000 })
    expect([stderr, status]).toEqual(['', 0])
  } finally {
    rmSync(PROGRAM)
  }
})
