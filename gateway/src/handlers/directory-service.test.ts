// Tests of publishing the organisation's statement. docs/spec/identity.md, REX-ID-074
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { directoryService } from './directory-service.ts'

const STATEMENT = {
  name: 'Hotline Example',
  entityKey: {},
  party: { gateway: { endpoints: [], authority: [], receiptKeys: [] }, messageKeys: [], epochs: [] },
}

test('REX-ID-074 Publish is answered when the gateway signs with the receipt key that the statement lists', async () => {
  const done: string[] = []
  let own: typeof STATEMENT | undefined
  const directory = {
    own: () => own,
    publish: async () => {
      own = STATEMENT
    },
  }
  const published = async () => {
    await setImmediate()
    done.push('key in use')
  }
  const { publish } = directoryService({ directory, published } as never)
  await publish({ entityConfiguration: '' }, {} as never)
  done.push('answered')
  expect(done).toEqual(['key in use', 'answered'])
})
