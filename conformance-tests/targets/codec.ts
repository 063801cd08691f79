// The codec of @rex/sdk as a target, over standard input and output. docs/guide/conformance.md
import { answer } from './answer.ts'
import { serve } from './dialogue.ts'

await serve(answer)
