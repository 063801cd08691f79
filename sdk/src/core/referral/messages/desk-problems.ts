// Problems that only a desk or a receiver finds, by code. Browsers load none of them. docs/spec/referral.md, "Problems"

/** The English text of each problem by code, as in PROBLEMS. */
export const DESK_PROBLEMS = {
  section: 'must be {section}',
  'no-field': 'names no field: {field}',
  'no-recipient': 'must name a recipient',
  'recipient-twice': 'names the same organisation twice',
  'no-thread': 'is not a thread of this desk',
  'in-group': 'is set already; divide a referral before it joins a group',
} as const satisfies Readonly<Record<string, string>>
