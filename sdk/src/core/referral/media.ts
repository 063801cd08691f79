// Searches a referral for media, section by section, in the form in which it would be sent. docs/spec/referral.md, "Content guard"
import { guard } from './guard/guard.ts'
import { sections } from './section.ts'
import type { Referral } from './types.ts'

/** Returns the path of the first image or video in a section of a referral, or undefined if there is none (REX-REF-070). */
export function mediaPath(referral: Referral): string | undefined {
  for (const { content } of sections(referral)) {
    const path = guard(content)
    if (path === undefined) continue
    // A section contains only some of the extensions, so convert the index in the section to the index in the referral.
    return path.replace(/^extensions\[(\d+)\]/, (all, index) => {
      const extension = content.extensions?.[Number(index)]
      return extension === undefined ? all : `extensions[${referral.extensions?.indexOf(extension)}]`
    })
  }
  return undefined
}
