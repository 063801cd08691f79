// Why a mail could not be delivered, as a code with a meaning and a remedy. docs/guide/alerts.md, "When mail fails"

/** All codes, each with its meaning and the remedy. */
export const MAIL_FAILURES = {
  configuration: {
    means: 'the password or the CA certificate cannot be read',
    remedy: 'Check the files that `smtp` names; others must not be able to read the password.',
  },
  'no-connection': {
    means: 'the mail server cannot be reached',
    remedy: 'Check `smtp.host` and `smtp.port`, and that the server runs.',
  },
  'no-answer': {
    means: 'the mail server accepts the connection and says nothing',
    remedy: 'Check `smtp.port` and `smtp.security`: TLS on a port without TLS looks like this.',
  },
  closed: { means: 'the mail server closes the connection', remedy: 'Ask the operator of the mail server.' },
  certificate: {
    means: 'the certificate of the mail server is not valid for its name, or no trusted CA has issued it',
    remedy:
      'In `smtp.host`, use the name that is in the certificate; or set `smtp.ca` to the file with the certificate of the CA that issued it.',
  },
  encryption: {
    means: 'the mail server offers no encryption',
    remedy: 'Check `smtp.port` and `smtp.security`.',
  },
  password: {
    means: 'the mail server refuses the user or the password',
    remedy: 'Check `smtp.user` and the file with the password.',
  },
  sender: { means: 'the mail server refuses the sender', remedy: 'Check `smtp.from`.' },
  recipient: {
    means: 'the mail server permanently refuses the recipient',
    remedy: 'Check the address, then send the alerts again with `rex-desk alerts resend`.',
  },
  content: {
    means: 'the mail server permanently refuses the mail',
    remedy: 'Ask the operator of the mail server, then send the alerts again with `rex-desk alerts resend`.',
  },
  later: {
    means: 'the mail server wants the mail later, for example because of greylisting',
    remedy: 'The service tries again by itself.',
  },
} as const

/** The code of a failure. */
export type MailFailureCode = keyof typeof MAIL_FAILURES

/** Failures after which the same mail would fail again, so it is given up at once. */
export const isPermanent = (code: MailFailureCode): boolean => code === 'recipient' || code === 'content'

/** An error as the library reports it. */
interface Reported {
  readonly code?: string | undefined
  readonly command?: string | undefined
  readonly responseCode?: number | undefined
  readonly permanent?: boolean | undefined
  readonly originalCode?: string | undefined
}

/** Returns the code for an error of the library. */
export function failureOf(error: unknown): MailFailureCode {
  const { code = '', command = '', responseCode, permanent, originalCode = '' } = error as Reported
  if (responseCode !== undefined) return ofReply(command, { code, responseCode, permanent })
  if (code === 'ETIMEDOUT') return 'no-answer'
  if (code === 'EAUTH' || code === 'ENOAUTH') return 'password'
  const isTls = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(`${code} ${originalCode}`)
  if (isTls) return 'certificate'
  if (code === 'ETLS') return 'encryption'
  if (code === 'ECONNECTION' || code === 'EPROTOCOL' || originalCode === 'ECONNRESET') return 'closed'
  return 'no-connection'
}

/** Returns the code for a reply of the server. */
function ofReply(
  command: string,
  { code, responseCode, permanent }: Pick<Reported, 'code' | 'permanent'> & { readonly responseCode: number },
): MailFailureCode {
  if (permanent !== true) return responseCode < 400 ? 'closed' : 'later'
  if (code === 'EAUTH') return 'password'
  if (code === 'ETLS' || command === 'STARTTLS') return 'encryption'
  if (command === 'RCPT TO') return 'recipient'
  if (command === 'MAIL FROM') return 'sender'
  return command === 'DATA' ? 'content' : 'closed'
}
