// A thread that answers requests as our codec does, with the fault of the mutant that the request names. docs/guide/conformance.md
import { join } from 'node:path'
import { parentPort } from 'node:worker_threads'
import { ConformanceRequest, ConformanceResponse } from '@rex/proto/conformance/v1/conformance'
import { BadFile } from '../../suite/read.ts'
import type { Mutant } from '../mutant.ts'
import { Modules } from './modules.ts'

/** A request to the thread: an encoded request of the dialogue. */
export interface Asked {
  readonly mutant: Mutant
  readonly request: Uint8Array
}

/** The thread's answer: an encoded response, the codec's error, or the reason why the mutant does not fit its source. */
export type Answered =
  | { readonly response: Uint8Array }
  | { readonly error: string }
  | { readonly misfit: string }

const TARGET = join(import.meta.dirname, '../../targets/answer.ts')
type Target = Pick<typeof import('../../targets/answer.ts'), 'answer'>

const modules = new Modules()
let running: { readonly name: string; readonly target: Target } | undefined

async function answered({ mutant, request }: Asked): Promise<Answered> {
  try {
    if (running?.name !== mutant.name)
      running = { name: mutant.name, target: modules.load(TARGET, mutant) as Target }
    const { case: name, operation } = ConformanceRequest.decode(request)
    const result = operation && (await running.target.answer(operation))
    return { response: ConformanceResponse.encode({ case: name, result }).finish() }
  } catch (error) {
    return error instanceof BadFile ? { misfit: error.message } : { error: String(error) }
  }
}

parentPort?.on('message', async (asked: Asked) => parentPort?.postMessage(await answered(asked)))
