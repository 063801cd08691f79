// Media in a referral, section by section, as they would be sent. docs/spec/referral.md, "Content guard"
import { guard } from './guard/guard.ts'
import { sections } from './section.ts'
import type { Referral } from './types.ts'

/** The path of the first media in a section of a referral; undefined if there are none (REX-REF-070). */
export function mediaPath(referral: Referral): string | undefined {
  for (const { content } of sections(referral)) {
    const path = guard(content)
    if (path === undefined) continue
    // A section has only some of the extensions.
    return path.replace(/^extensions\[(\d+)\]/, (all, index) => {
      const extension = content.extensions?.[Number(index)]
      return extension === undefined ? all : `extensions[${referral.extensions?.indexOf(extension)}]`
    })
  }
  return undefined
}
