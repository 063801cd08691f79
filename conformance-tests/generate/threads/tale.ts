// Cases whose messages may arrive out of order. docs/spec/thread.md, "Order"
import type { CaseFile } from '../../suite/case.ts'
import { type Expected, judged, type Role, Story, type Written } from './story.ts'

/** A story whose messages arrive in the order of `written`, with its expected result. */
interface Telling {
  readonly title: string
  readonly requirements: readonly string[]
  readonly judge: Role
  readonly expected: Expected
  readonly written?: readonly Written[]
}

const hex = ({ digest }: Written) => Buffer.from(digest).toString('hex')
export const gap = (written: Written) => `held gap:${hex(written)}`

export function tale(name: string, tell: (story: Story) => Telling): CaseFile {
  const story = new Story(name)
  return judged(name, { story, ...tell(story) })
}

/** Writes a message repeatedly until `isRight` accepts it, for example because its digest is lower than that of another message. */
export function writtenUntil(
  isRight: (written: Written) => boolean,
  write: (label: string) => Written,
): Written {
  for (let i = 0; ; i++) {
    const written = write(`try ${i}`)
    if (isRight(written)) return written
  }
}
