// The dialogue with the runner over standard input and output. docs/guide/conformance.md
import {
  type ConformanceRequest,
  ConformanceResponse,
  ConformanceRequest as Request,
} from '@rex/proto/conformance/v1/conformance'

export type Operation = NonNullable<ConformanceRequest['operation']>
export type Result = NonNullable<ConformanceResponse['result']>

/** Answers the runner's requests one after the other, until the runner closes standard input. */
export async function serve(answer: (operation: Operation) => Promise<Result>): Promise<void> {
  let pending = Buffer.alloc(0)
  for await (const chunk of process.stdin) {
    pending = Buffer.concat([pending, chunk as Buffer])
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE()) {
      const end = 4 + pending.readUInt32BE()
      const request = Request.decode(pending.subarray(4, end))
      pending = pending.subarray(end)
      const { operation } = request
      const result: Result = operation ? await answer(operation) : { $case: 'unsupported', value: {} }
      const response = ConformanceResponse.encode({ case: request.case, result }).finish()
      const head = Buffer.alloc(4)
      head.writeUInt32BE(response.length)
      process.stdout.write(Buffer.concat([head, response]))
    }
  }
}
