// Makes URLs in free texts unusable as links, so that nobody opens one by accident. docs/guide/rex-desk.md
import { defang } from '../../core/referral/index.ts'

/** The text with every URL defanged. */
export function defangText(text: string): string {
  return text.replace(/\b(?:https?|ftp):\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]]/gi, defang)
}
