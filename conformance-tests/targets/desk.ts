// The desk of @rex/sdk as a target, over standard input and output. docs/guide/conformance.md
import './clock.ts'

import { join } from 'node:path'
import type { Value } from '@rex/proto/conformance/v1/conformance'
import { connect, type Desk, initDesk, RexError, restoreDesk, type Thread } from '@rex/sdk'
import { setAhead } from './clock.ts'
import { CONTENT_OPERATIONS } from './content.ts'
import { type Answer, type Inputs, type Result, serve } from './dialogue.ts'
import { type Inbox, openInbox, valuesOf } from './inbox.ts'
import { keepingOperations } from './keeping.ts'

type Operations = { [K in keyof Inputs]?: (input: Inputs[K]) => Answer | Promise<Answer> }

/** Passphrase of the test desks. It need not be secret; the desk only has to accept it. */
const PASSPHRASE = 'fictional correct horse battery staple'
/** Verbs of the SDK whose names differ from those of their events. */
const VERBS: Readonly<Record<string, string>> = {
  'recall-attestation': 'attestRecall',
  'consent-change': 'changeConsent',
  'consent-acknowledgement': 'acknowledgeConsent',
  'entered-in-error': 'enterInError',
  seen: 'markSeen',
}

let opened: Desk | undefined
let inbox: Inbox | undefined

const desk = (): Desk => {
  if (opened === undefined) throw new RexError('NOT_FOUND', 'No desk is open.')
  return opened
}

async function threadOf(id: Uint8Array, other: string): Promise<Thread> {
  const thread = await desk().thread(Buffer.from(id).toString('hex'))
  return other === '' ? thread : thread.with(other)
}

async function close(): Promise<void> {
  await opened?.[Symbol.asyncDispose]()
  opened = undefined
  inbox = undefined
}

const OPERATIONS: Operations = {
  ...CONTENT_OPERATIONS,
  ...keepingOperations(desk),
  async openDesk({ directory, token, clockAheadMs, takeOver, passphrase: given }) {
    setAhead(clockAheadMs)
    const passphrase = given || PASSPHRASE
    if (token !== '') await initDesk({ directory, token, name: 'Desk', passphrase })
    const unlock = async () => passphrase
    opened = await connect({ directory, unlock, ...(takeOver && { takeOver }) })
    return {}
  },
  async closeDesk() {
    await close()
    return {}
  },
  async pair({ invite }) {
    const { organisation } = await desk().pair(invite)
    return { organisation }
  },
  async unpair({ organisation }) {
    await desk().unpair(organisation)
    return {}
  },
  async send({ referral, to, key, lifetimeMs, reference, confirmed }) {
    const addressed = to.map(({ organisation, sections, staged }) => ({
      organisation,
      ...(sections.length > 0 && { sections }),
      ...(staged.length > 0 && { staged }),
    }))
    const own = { ...(key && { key }), ...(reference && { ref: reference }), confirm: confirmed }
    const options = { to: addressed, ...own, ...(lifetimeMs && { lifetimeMs }) }
    const { id } = await desk().send(JSON.parse(Buffer.from(referral).toString()), options)
    return { thread: id }
  },
  async act({ thread: id, other, type, content, key }) {
    const thread = await threadOf(id, other)
    const input = JSON.parse(Buffer.from(content).toString() || '{}')
    if (type === 'place' || type === 'refuse') await thread.resolve(input, type)
    else {
      const verb = VERBS[type] ?? type.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
      const verbs = thread as unknown as Record<string, (input: object) => Promise<void>>
      await verbs[verb]?.({ ...input, ...(key && { key }) })
    }
    return {}
  },
  async nextItem({ waitMs, leave }) {
    inbox ??= openInbox(desk())
    const item = await inbox.next(waitMs)
    if (item === undefined) return {}
    if (!leave) await item.ack()
    return valuesOf(item)
  },
  async showThread({ thread: id, other }) {
    const thread = await threadOf(id, other)
    const [view, { referral }] = await Promise.all([thread.view(), thread.current()])
    const { state, responsible, nextStep, frozen } = view
    return {
      state,
      responsible,
      next: nextStep?.what,
      who: nextStep?.who,
      frozen,
      held: view.held.map(({ digest }) => digest).join(' '),
      delivery: view.delivery.map(({ type, state }) => `${type}:${state}`).join(' '),
      referral: JSON.stringify(referral),
      questions: view.openQuestions.map(({ id }) => id).join(' '),
      outcomes: Object.entries(view.itemOutcomes)
        .map(([item, { code }]) => `${item}:${code}`)
        .join(' '),
    }
  },
  async backUp({ file }) {
    await desk().backup({ file })
    return {}
  },
  async restore({ file, directory, token, erased }) {
    const list = erased === '' ? {} : { erased: join(erased, 'desk.db.erased') }
    await restoreDesk({ directory, passphrase: PASSPHRASE, backup: file, token, ...list })
    return {}
  },
  async health() {
    const { problems, gateway } = await desk().health()
    return { problems: problems.map(({ code }) => code).join(' '), gateway }
  },
}

function accepted(values: Answer): Result {
  const said = Object.entries(values).flatMap(([name, text]): Value[] =>
    text === undefined ? [] : [{ name, value: Buffer.from(text) }],
  )
  return { $case: 'accepted', value: { values: said } }
}

await serve(async (operation) => {
  if (operation.$case === 'greet')
    return {
      $case: 'target',
      value: { version: 1, name: '@rex/sdk', features: ['desk', 'clock', 'showing', 'primero'] },
    }
  const run = OPERATIONS[operation.$case] as ((input: unknown) => Answer | Promise<Answer>) | undefined
  if (run === undefined) return { $case: 'unsupported', value: {} }
  try {
    return accepted(await run(operation.value))
  } catch (error) {
    const { reason, message, path = '' } = RexError.from(error)
    return { $case: 'refused', value: { reason, stage: '', path, detail: message } }
  }
})
await close()
process.exit()
