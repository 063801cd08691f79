// The feed of the reference mailbox. docs/spec/mailbox.md, "Feed"
import { ReceiveRequest, ReceiveResponse, type Settle } from '@rex/proto/mailbox/v1/mailbox'
import type { Log } from '../log.ts'
import type { Call, Reason } from './call.ts'

const DAY = 24 * 60 * 60_000
/** Milliseconds until a postponed item is delivered again. This replaces the desk's delay, so that scenarios do not wait for minutes. */
const AGAIN_MS = 20

/** An unsettled item. */
export interface MailboxItem {
  readonly cursor: number
  readonly content: NonNullable<ReceiveResponse['content']>
  readonly about: readonly string[]
  redelivered: number
}

interface FeedOptions {
  readonly log: Log
  /** Returns the items of the mailbox, in order. */
  readonly items: () => readonly MailboxItem[]
}

/** One `Receive` stream. */
export class Feed {
  readonly call: Call
  readonly #options: FeedOptions
  readonly #leased = new Map<number, MailboxItem>()
  readonly #postponed = new Set<number>()
  #window = 0
  #isLive = false
  #isOver = false

  constructor(call: Call, options: FeedOptions) {
    this.call = call
    this.#options = options
  }

  /** Serves the stream until it ends. `open` checks the fence; `settled` deletes an item. */
  async run(open: (fence: number) => void, settled: (cursor: number) => void): Promise<void> {
    const { log } = this.#options
    for (;;) {
      const bytes = await this.call.read()
      if (bytes === undefined) break
      const { content } = ReceiveRequest.decode(bytes)
      if (content?.$case === 'open' && this.#window === 0) {
        const { fence, window } = content.value
        if (window < 1 || window > 1024) log.fault(`The window is ${window} (REX-MBX-030).`)
        open(fence)
        this.#window = window
        this.pump()
      } else if (content?.$case === 'settle' && this.#window > 0) this.#settle(content.value, settled)
      else log.fault('Receive has another form than open and settlements (REX-MBX-030).')
    }
    this.#isOver = true
    this.call.end()
  }

  end(reason: Reason, metadata: Readonly<Record<string, string>> = {}): void {
    this.#isOver = true
    this.call.refuse(reason, metadata)
  }

  /** Sends as many items as the window allows. */
  pump(): void {
    if (this.#isOver || this.#window === 0) return
    for (const item of this.#options.items()) {
      if (this.#leased.size >= this.#window) return
      const { cursor, content, redelivered } = item
      if (this.#leased.has(cursor) || this.#postponed.has(cursor)) continue
      this.#leased.set(cursor, item)
      item.redelivered++
      this.call.write(ReceiveResponse.encode({ cursor, redelivered, content }).finish())
    }
    if (this.#isLive) return
    this.#isLive = true
    const live = { $case: 'live', value: {} } as const
    this.call.write(ReceiveResponse.encode({ cursor: 0, redelivered: 0, content: live }).finish())
  }

  #settle({ acknowledged, unopenable, postponed }: Settle, settled: (cursor: number) => void): void {
    for (const [how, cursors] of Object.entries({ acknowledged, unopenable }))
      for (const cursor of cursors) {
        this.#seen(how, cursor)
        if (this.#leased.delete(cursor)) settled(cursor)
      }
    for (const { cursor, delayMs } of postponed) {
      if (delayMs > DAY) this.#options.log.fault('An item is postponed for more than a day (REX-MBX-032).')
      this.#seen('postponed', cursor, delayMs)
      if (!this.#leased.delete(cursor)) continue
      this.#postponed.add(cursor)
      setTimeout(() => {
        this.#postponed.delete(cursor)
        this.pump()
      }, AGAIN_MS).unref()
    }
    this.pump()
  }

  #seen(how: string, cursor: number, delayMs?: number): void {
    const about = this.#leased.get(cursor)?.about ?? []
    this.#options.log.add({ what: 'settled', how, about, ...(delayMs !== undefined && { delayMs }) })
  }
}
