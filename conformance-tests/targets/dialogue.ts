// The dialogue with the runner over standard input and output. docs/guide/conformance.md
import {
  type ConformanceRequest,
  ConformanceResponse,
  ConformanceRequest as Request,
} from '@rex/proto/conformance/v1/conformance'

export type Operation = NonNullable<ConformanceRequest['operation']>
/** The input of each operation. */
export type Inputs = { [K in Operation['$case']]: Extract<Operation, { $case: K }>['value'] }
/** Values of an answer, as text. Values that are undefined are left out. */
export type Answer = Readonly<Record<string, string | undefined>>
export type Result = NonNullable<ConformanceResponse['result']>

/** Answers the runner's requests one after the other, until the runner closes standard input. */
export async function serve(answer: (operation: Operation) => Promise<Result>): Promise<void> {
  for await (const bytes of requestsIn(process.stdin)) {
    const request = Request.decode(bytes)
    const { operation } = request
    const result: Result = operation ? await answer(operation) : { $case: 'unsupported', value: {} }
    const response = ConformanceResponse.encode({ case: request.case, result }).finish()
    const head = Buffer.alloc(4)
    head.writeUInt32BE(response.length)
    process.stdout.write(Buffer.concat([head, response]))
  }
}

/** Yields requests without their lengths. Chunks are joined only once for each request, because a request may be 64 MiB long. */
async function* requestsIn(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = []
  let length = 0
  let wanted = 4
  for await (const chunk of input) {
    chunks.push(chunk)
    length += chunk.length
    while (length >= wanted) {
      const pending = Buffer.concat(chunks)
      const end = 4 + pending.readUInt32BE()
      const isWhole = length >= end
      if (isWhole) yield pending.subarray(4, end)
      const rest = isWhole ? pending.subarray(end) : pending
      chunks = [rest]
      length = rest.length
      wanted = isWhole ? 4 : end
    }
  }
}
