// Detects that a service no longer answers, even during calls that may take long. docs/guide/service.md, "Limits"

/** How often the service is probed while calls are waiting, and how long a probe may take. Milliseconds. */
const BEAT_MS = 20_000
const ANSWER_MS = 10_000

/** Runs calls, and ends them when the service no longer answers. */
export class Pulse {
  readonly #live: (signal: AbortSignal) => Promise<unknown>
  readonly #closing: AbortSignal
  #calls = 0
  #timer: NodeJS.Timeout | undefined
  /** Aborts when the service has not answered in time. */
  #hung = new AbortController()
  /** Aborts when the service has not answered in time, or the connection closes. All calls share it, because combining signals is costly. */
  #ended: AbortSignal

  /** `live` probes the service. `closing` ends all calls. */
  constructor(live: (signal: AbortSignal) => Promise<unknown>, closing: AbortSignal) {
    this.#live = live
    this.#closing = closing
    this.#ended = AbortSignal.any([closing, this.#hung.signal])
  }

  /**
   * Runs a call. If the service hangs or the connection closes, aborts the signal of the call. If the service hangs, the call fails with the error
   * that `hung` returns.
   */
  async run<T>(call: (signal: AbortSignal) => Promise<T>, hung: (cause: unknown) => unknown): Promise<T> {
    const { signal } = this.#hung
    this.#calls += 1
    this.#wait()
    try {
      return await call(this.#ended)
    } catch (error) {
      throw signal.aborted ? hung(error) : error
    } finally {
      this.#calls -= 1
      if (this.#calls === 0) this.#stop()
    }
  }

  #wait(): void {
    this.#timer ??= setTimeout(() => void this.#ask(), BEAT_MS)
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #ask(): Promise<void> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), ANSWER_MS)
    // Ignore other errors of the probe, because the calls themselves will report them.
    await this.#live(AbortSignal.any([this.#closing, late.signal])).catch(() => {})
    clearTimeout(timer)
    this.#stop()
    if (late.signal.aborted) {
      const hung = this.#hung
      this.#hung = new AbortController()
      this.#ended = AbortSignal.any([this.#closing, this.#hung.signal])
      hung.abort()
    } else if (this.#calls > 0) this.#wait()
  }
}
