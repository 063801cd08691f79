// Tests that the browser entry points stay small and run in browsers. docs/adr/0042-codes-labels-and-schema-apart.md
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { bundle, DOORS } from './release/doors.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const bundled = (source: string) => bundle(source, ROOT, ['@rex/source'])
const inputsOf = async (source: string) =>
  (await bundled(source)).inputs.map((path) => path.replace(/.*core\//, ''))

test.each(DOORS)('%s has at most %d bytes', async (source, most) => {
  expect((await bundled(source)).compressed).toBeLessThan(most)
})

test('@rex/sdk/referral loads nothing outside its folder but the error, paths and texts', async () => {
  const inputs = await inputsOf(`export * from '@rex/sdk/referral'`)
  expect(inputs.filter((path) => !path.startsWith('referral/') && path !== '<stdin>').sort()).toEqual([
    'input/path.ts',
    'input/refusal.ts',
    'input/text.ts',
  ])
})

test('one label loads the codes and the labels of only its language', async () => {
  expect((await inputsOf(`export { label } from '@rex/sdk/referral/labels/fr'`)).sort()).toEqual(
    expect.arrayContaining(['referral/codes/data.ts', 'referral/labels/fr/labels.ts']),
  )
  const { contents } = await bundled(`export { label } from '@rex/sdk/referral/labels/fr'`)
  const text = new TextDecoder().decode(contents)
  expect(text).toContain('Pas de capacit')
  expect(text).not.toMatch(/No capacity|Sin capacidad|INVALID_REFERRAL/)
})

test('the bundles work without Node', async () => {
  const { contents } = await bundled(`import { guard, lint, validate } from '@rex/sdk/referral'
    import { label } from '@rex/sdk/referral/labels'
    import { referralSchema } from '@rex/sdk/referral/schema'
    import '@rex/sdk/referral/suggestions'
    import '@rex/sdk/referral/warnings'
    const places = { kind: 'content-removal', test: true, triage: {}, handling: { tlp: 'amber' }, incident: { types: ['csam'] }, items: [{ id: 'a', domain: 'no domain' }] }
    const meant = () => validate({ person: [], consents: [{ legalBasis: 'consent', services: ['health'] }] }).problems
    export const run = () => [meant().find(({ path }) => path === 'consents[0].services')?.suggestion, lint(places).some(({ code }) => code === 'domain-invalid'), label('tlp', 'red'), guard('data:image/png,x'), referralSchema.title]`)
  const { run } = await import(`data:text/javascript;base64,${Buffer.from(contents).toString('base64')}`)
  expect(run()).toEqual(['forServices', true, 'TLP:RED', '', 'REX referral'])
})
