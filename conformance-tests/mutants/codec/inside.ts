// Runs mutants of our codec in a thread, one after the other. docs/guide/conformance.md
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { ConformanceRequest, ConformanceResponse } from '@rex/proto/conformance/v1/conformance'
import type { Reply, RunningTarget } from '../../runner/process.ts'
import { BadFile } from '../../suite/read.ts'
import type { Mutant } from '../mutant.ts'
import type { Answered, Asked } from './thread.ts'

const THREAD = new URL('./thread.ts', import.meta.url)

/** A thread for mutants. The thread is restarted after a mutant that ended it or did not answer. */
export class MutantThread {
  #worker: Worker | undefined

  /** Returns a mutant as the target of a run. A request to it throws BadFile if the mutant does not fit its source */
  target(mutant: Mutant): RunningTarget {
    return {
      ask: async (request, limitMs) => {
        const encoded = ConformanceRequest.encode(request).finish()
        const answer = await this.#ask({ mutant, request: encoded }, limitMs)
        if ('misfit' in answer) throw new BadFile(answer.misfit)
        if ('kind' in answer) return answer
        if ('error' in answer) return { kind: 'crashed', detail: answer.error }
        return { kind: 'answer', response: ConformanceResponse.decode(answer.response) }
      },
      stop: () => {},
    }
  }

  async #ask(asked: Asked, limitMs: number): Promise<Answered | Exclude<Reply, { kind: 'answer' }>> {
    this.#worker ??= new Worker(THREAD, { execArgv: ['--conditions=@rex/source'] })
    this.#worker.postMessage(asked)
    const late = AbortSignal.timeout(limitMs)
    try {
      const [answer] = (await once(this.#worker, 'message', { signal: late })) as [Answered]
      return answer
    } catch (error) {
      await this.close()
      const hung = { kind: 'hung', detail: `No answer within ${limitMs} ms.` } as const
      return late.aborted ? hung : { kind: 'crashed', detail: String(error) }
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
    this.#worker = undefined
  }
}
