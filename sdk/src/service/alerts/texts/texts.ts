// The type of the texts of alerts in one language.
import type { AlertKind } from '../../webhooks/alert.ts'

/** The texts in one language. `{count}` and other names in braces are replaced. */
export interface AlertTexts {
  /** Whether no native speaker has confirmed the texts. If so, mails repeat their text in English. */
  readonly unconfirmed: boolean
  /** One sentence for each alert. */
  readonly alerts: Readonly<Record<AlertKind | 'missed', string>>
  readonly states: Readonly<Record<'warning' | 'critical' | 'ended', string>>
  /** Subject of a mail with several alerts. */
  readonly several: string
  readonly test: { readonly subject: string; readonly text: string }
  readonly thread: string
  readonly ref: string
  readonly problem: string
  /** The mark of a test referral. */
  readonly exercise: string
  readonly more: string
  readonly times: string
  readonly look: string
  readonly footer: string
  readonly unconfirmedNote: string
}
