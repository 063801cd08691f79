// Makes URLs in free texts unusable as links: nobody must open them by accident. docs/guide/rex-desk.md
import { defang } from '../../core/referral/index.ts'

/** Free text in which every URL is defanged. */
export function defangText(text: string): string {
  return text.replace(/\b(?:https?|ftp):\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]]/gi, defang)
}
