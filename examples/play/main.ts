// npm start: three organisations on this machine play six stories.
import { crossingWithdrawal } from '../stories/crossing-withdrawal.ts'
import { declineAndReferAnew } from '../stories/decline-and-refer-anew.ts'
import { evidence } from '../stories/evidence.ts'
import { killedInDelivery } from '../stories/killed-in-delivery.ts'
import { splitReferral } from '../stories/split-referral.ts'
import { stagedDisclosure } from '../stories/staged-disclosure.ts'
import { play } from './play.ts'

await play([
  stagedDisclosure,
  splitReferral,
  declineAndReferAnew,
  killedInDelivery,
  crossingWithdrawal,
  evidence,
])
