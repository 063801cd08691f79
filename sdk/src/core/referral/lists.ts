// Entry point @rex/sdk/referral/lists: the code lists with labels, definitions and mappings. The lists are closed and have versions of
// their own. To load a single list, import its file, such as @rex/sdk/referral/lists/risk.json. docs/spec/codes.md
import type { ListName } from './codes/codes.ts'
import absence from './lists/absence.json' with { type: 'json' }
import abuse from './lists/abuse.json' with { type: 'json' }
import access from './lists/access.json' with { type: 'json' }
import accountStatus from './lists/account-status.json' with { type: 'json' }
import addressPrecision from './lists/address-precision.json' with { type: 'json' }
import addressUse from './lists/address-use.json' with { type: 'json' }
import advisoryTopic from './lists/advisory-topic.json' with { type: 'json' }
import ageBand from './lists/age-band.json' with { type: 'json' }
import ageBasis from './lists/age-basis.json' with { type: 'json' }
import ageUnit from './lists/age-unit.json' with { type: 'json' }
import attribution from './lists/attribution.json' with { type: 'json' }
import careArrangement from './lists/care-arrangement.json' with { type: 'json' }
import classificationScheme from './lists/classification-scheme.json' with { type: 'json' }
import consentChange from './lists/consent-change.json' with { type: 'json' }
import consentForm from './lists/consent-form.json' with { type: 'json' }
import consentSharing from './lists/consent-sharing.json' with { type: 'json' }
import contactChannel from './lists/contact-channel.json' with { type: 'json' }
import contactRule from './lists/contact-rule.json' with { type: 'json' }
import contentFlag from './lists/content-flag.json' with { type: 'json' }
import criticality from './lists/criticality.json' with { type: 'json' }
import decline from './lists/decline.json' with { type: 'json' }
import detection from './lists/detection.json' with { type: 'json' }
import device from './lists/device.json' with { type: 'json' }
import evidenceBasis from './lists/evidence-basis.json' with { type: 'json' }
import feedback from './lists/feedback.json' with { type: 'json' }
import gender from './lists/gender.json' with { type: 'json' }
import hashListFormat from './lists/hash-list-format.json' with { type: 'json' }
import hashType from './lists/hash-type.json' with { type: 'json' }
import identifierType from './lists/identifier-type.json' with { type: 'json' }
import incidentAnnotation from './lists/incident-annotation.json' with { type: 'json' }
import incidentSetting from './lists/incident-setting.json' with { type: 'json' }
import incidentType from './lists/incident-type.json' with { type: 'json' }
import interviewSubject from './lists/interview-subject.json' with { type: 'json' }
import itemOutcome from './lists/item-outcome.json' with { type: 'json' }
import lane from './lists/lane.json' with { type: 'json' }
import legalBasis from './lists/legal-basis.json' with { type: 'json' }
import legalStatus from './lists/legal-status.json' with { type: 'json' }
import mediaType from './lists/media-type.json' with { type: 'json' }
import nameKind from './lists/name-kind.json' with { type: 'json' }
import namePart from './lists/name-part.json' with { type: 'json' }
import need from './lists/need.json' with { type: 'json' }
import networkEvent from './lists/network-event.json' with { type: 'json' }
import notification from './lists/notification.json' with { type: 'json' }
import onwardSharing from './lists/onward-sharing.json' with { type: 'json' }
import outcome from './lists/outcome.json' with { type: 'json' }
import permittedAction from './lists/permitted-action.json' with { type: 'json' }
import personRole from './lists/person-role.json' with { type: 'json' }
import priority from './lists/priority.json' with { type: 'json' }
import progress from './lists/progress.json' with { type: 'json' }
import purpose from './lists/purpose.json' with { type: 'json' }
import recallOutcome from './lists/recall-outcome.json' with { type: 'json' }
import referenceType from './lists/reference-type.json' with { type: 'json' }
import referralKind from './lists/referral-kind.json' with { type: 'json' }
import relationship from './lists/relationship.json' with { type: 'json' }
import risk from './lists/risk.json' with { type: 'json' }
import sectionType from './lists/section-type.json' with { type: 'json' }
import service from './lists/service.json' with { type: 'json' }
import siteType from './lists/site-type.json' with { type: 'json' }
import tlp from './lists/tlp.json' with { type: 'json' }
import urgencyReason from './lists/urgency-reason.json' with { type: 'json' }
import weekday from './lists/weekday.json' with { type: 'json' }
import withdrawal from './lists/withdrawal.json' with { type: 'json' }
import withholdingReason from './lists/withholding-reason.json' with { type: 'json' }

/** A code of a list. */
export interface CodeEntry {
  /** The code, kebab-case. Never reused for another meaning. */
  readonly code: string
  /** Display text, in English. */
  readonly label: string
  /** Definition, in English. */
  readonly definition: string
  /** Labels in other languages by BCP 47 tag. */
  readonly translations: Readonly<Record<string, string>>
  /** Equivalent codes in other systems, by name of the system, spelled exactly as in that system. */
  readonly crosswalk?: Readonly<Record<string, readonly string[]>>
  /** Regular expression that a value belonging to this code must match, such as a hash of this type. Absent: any value. */
  readonly pattern?: string
}

/** A code list with its labels, definitions and mappings. */
export interface CodeList {
  readonly name: string
  /** Version of the list, from 1. A new version only adds codes. */
  readonly version: number
  readonly title: string
  /** Whether a message with an unknown code of this list is held for a person (REX-REF-060). */
  readonly decisionBearing: boolean
  /** Source of the vocabulary. */
  readonly source: string
  /** Languages whose labels no competent person has confirmed yet (REX-REF-102). */
  readonly unconfirmed: readonly string[]
  readonly entries: readonly CodeEntry[]
}

/** All code lists by name, ascending. */
export const LISTS: Readonly<Record<ListName, CodeList>> = {
  absence,
  abuse,
  access,
  'account-status': accountStatus,
  'address-precision': addressPrecision,
  'address-use': addressUse,
  'advisory-topic': advisoryTopic,
  'age-band': ageBand,
  'age-basis': ageBasis,
  'age-unit': ageUnit,
  attribution,
  'care-arrangement': careArrangement,
  'classification-scheme': classificationScheme,
  'consent-change': consentChange,
  'consent-form': consentForm,
  'consent-sharing': consentSharing,
  'contact-channel': contactChannel,
  'contact-rule': contactRule,
  'content-flag': contentFlag,
  criticality,
  decline,
  detection,
  device,
  'evidence-basis': evidenceBasis,
  feedback,
  gender,
  'hash-list-format': hashListFormat,
  'hash-type': hashType,
  'identifier-type': identifierType,
  'incident-annotation': incidentAnnotation,
  'incident-setting': incidentSetting,
  'incident-type': incidentType,
  'interview-subject': interviewSubject,
  'item-outcome': itemOutcome,
  lane,
  'legal-basis': legalBasis,
  'legal-status': legalStatus,
  'media-type': mediaType,
  'name-kind': nameKind,
  'name-part': namePart,
  need,
  'network-event': networkEvent,
  notification,
  'onward-sharing': onwardSharing,
  outcome,
  'permitted-action': permittedAction,
  'person-role': personRole,
  priority,
  progress,
  purpose,
  'recall-outcome': recallOutcome,
  'reference-type': referenceType,
  'referral-kind': referralKind,
  relationship,
  risk,
  'section-type': sectionType,
  service,
  'site-type': siteType,
  tlp,
  'urgency-reason': urgencyReason,
  weekday,
  withdrawal,
  'withholding-reason': withholdingReason,
}

const ENTRIES: ReadonlyMap<string, ReadonlyMap<string, CodeEntry>> = new Map(
  Object.entries<CodeList>(LISTS).map(([name, list]) => [
    name,
    new Map(list.entries.map((entry) => [entry.code, entry])),
  ]),
)

/** Returns the entry of a code, or undefined for a code that this version does not support. */
export function codeEntry(list: ListName, code: string): CodeEntry | undefined {
  return ENTRIES.get(list)?.get(code)
}
