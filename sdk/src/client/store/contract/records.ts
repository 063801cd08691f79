// Records with which the contract tests fill a desk store.
import type { DeliveryRecord, DeskStore, DeskWrites, EnvelopeRecord, ThreadRecord } from '../store.ts'

/** Tests by title. Each gets a new, empty store, which it may close or reopen. */
export type ContractTests = Readonly<
  Record<
    string,
    (
      store: DeskStore,
      life: { readonly reopen: () => Promise<DeskStore>; readonly close: () => Promise<void> },
    ) => Promise<void>
  >
>

export const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
/** Makes hex ids and digests from readable names. */
export const hex = (name: string) => Buffer.from(name).toString('hex')
export const nameOf = (id: string | undefined) => id && Buffer.from(id, 'hex').toString()
export const thread = (name: string, updatedMs: number): ThreadRecord => ({
  id: hex(name),
  role: 'referrer',
  test: true,
  slot: 0,
  summary: bytes('summary'),
  refMac: '',
  updatedMs,
})
export const NGO = 'https://ngo.example'
export const delivery = (message: string, change: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  message: hex(message),
  recipient: NGO,
  thread: hex('t1'),
  state: 'intended',
  receivedMs: 0,
  reason: '',
  expiresMs: 50,
  urgent: false,
  sentMs: 40,
  alarmed: false,
  minimumSuite: 'REX-2',
  resealPending: false,
  attempts: 0,
  resealMs: 0,
  offerMs: 0,
  ...change,
})
export const envelope = (name: string, message: string): EnvelopeRecord => ({
  id: hex(name),
  digest: hex(`d-${name}`),
  message: hex(message),
  recipient: NGO,
  closed: '',
})
/** Adds a thread with these messages. */
export function addMessages(write: DeskWrites, ...names: string[]): number[] {
  write.putThread(thread('t1', 1))
  return names.map((name) =>
    write.addMessage({ digest: hex(name), thread: hex('t1'), status: 'counted', content: bytes(name) }),
  )
}
/** Adds a message with its delivery. */
export function addDelivery(write: DeskWrites, name: string, change: Partial<DeliveryRecord> = {}): void {
  addMessages(write, name)
  write.addDelivery(delivery(name, change))
}
