// Titles of fields and types for people who fill in a form, in English. docs/spec/referral.md, "Validation"

/** Titles of fields whose name does not make a good title. */
const TITLES: Readonly<Record<string, string>> = {
  test: 'Rehearsal, not a real case',
  lane: 'Urgency of delivery',
  tlp: 'Traffic Light Protocol',
  onward: 'Passing on',
  onwardTo: 'May be passed on to',
  attribution: 'Naming the sender to others',
  notification: 'Notifying those concerned',
  expires: 'Ends',
  people: 'People',
  incident: 'Incident',
  items: 'Content: URLs and hashes',
  references: 'Evidence elsewhere',
  narrative: 'Account of the case',
  extensions: 'National and own fields',
  id: 'Id in this referral',
  url: 'URL',
  urls: 'URLs',
  unhcrExport: 'Export to UNHCR',
  shareWith: 'May be shared with',
  forServices: 'For these services',
  givenOn: 'Given on',
  overridden: 'Why consent is overridden',
  about: 'Concerns',
  asOf: 'Age on this day',
  by: 'Classified by',
  on: 'Classified on',
  at: 'Time',
  to: 'Other person',
  full: 'Full name',
  never: 'Never contact',
  say: 'Say first',
  messages: 'Written messages allowed',
  voicemail: 'Voice messages allowed',
  confirmed: 'Last confirmed',
  owner: 'Owner',
  lines: 'Address lines',
  absent: 'Why a value is missing',
}

/** Returns the title of a field or type, such as "Date of birth" for `dateOfBirth`. */
export function titleOf(name: string): string {
  const title = Object.hasOwn(TITLES, name) ? TITLES[name] : undefined
  const words = name.replace(/[A-Z]+/g, (letters) => ` ${letters.toLowerCase()}`).trim()
  return title ?? words.charAt(0).toUpperCase() + words.slice(1)
}
