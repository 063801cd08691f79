// Entry point @rex/sdk/referral/warnings, imported for its effect: the lint then also has the rules that give no errors.
// docs/adr/0042-codes-labels-and-schema-apart.md
import { questionFindings } from './contact/questions.ts'
import { contradictionFindings } from './facts/contradictions.ts'
import { plausibleFindings } from './facts/plausible.ts'
import { timeFindings } from './facts/times.ts'
import { warnBy } from './finding.ts'
import { placeFindings } from './items/urls.ts'

warnBy([questionFindings, placeFindings, contradictionFindings, plausibleFindings, timeFindings])
