// Single words and phrases to be translated: labels of facts, codes, headings in the help. docs/guide/rex-desk.md, "Languages"

/** Labels that commands print before facts, such as `state`. */
export const LABELS = [
  'thread',
  'state',
  'arrived',
  'next',
  'items',
  'kept',
  'held',
  'late',
  'sending',
  'open',
  'asked',
  'possible',
  'open referrals',
  'paired',
  'certificate',
  'credential',
  'gateway',
  'old keys',
  'words',
  'suites',
  'expiry',
  'at once',
  'after accept',
  'held back',
] as const

/** Codes that are in no code list: kinds and outcomes of items, reasons for an erasure or a revocation. */
export const CODES = [
  ...['referral', 'event', 'failure', 'alarm', 'erased'],
  ...['retry', 'park'],
  ...['retention', 'recall', 'consent', 'request', 'mistake', 'order'],
  ...['retired', 'compromised'],
]

/** Headings in the help of commands. */
export const TITLES = ['Usage:', 'Options:', 'Global Options:', 'Arguments:', 'Commands:', 'More:']

/** Messages of the command-line parser about wrong usage. */
export const MISUSES = [
  "Unknown command '{0}'.",
  "Unknown option '{0}'.",
  "Missing required argument '{0}'.",
  "Required option '{0}' not specified.",
  "Option '{0}' argument missing.",
  "Option '{0}' argument '{1}' is invalid. {2}",
  "Command-argument value '{0}' is invalid for argument '{1}'. {2}",
  "Option '{0}' cannot be used with option '{1}'.",
  "Too many arguments for '{0}'. Expected {1} arguments but got {2}: {3}.",
  'Did you mean {0}?',
]
