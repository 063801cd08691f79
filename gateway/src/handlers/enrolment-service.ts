// rex.mailbox.v1.EnrolmentService and RenewalService: certificates for desks. docs/spec/mailbox.md, "Enrolment"
import type {
  EnrolmentServiceDefinition,
  RenewalServiceDefinition,
} from '@rex/proto/mailbox/v1/mailbox_service'
import type { Implementation } from '@rex/sdk/transport'
import type { Attempts } from '../admission/attempts.ts'
import type { Enrolment } from '../enrolment/enrolment.ts'
import type { GatewayKeys } from '../trust/keys.ts'
import { peerOf } from './caller.ts'

/** Dependencies of the services. */
interface EnrolmentServiceOptions {
  readonly organisation: string
  readonly enrolment: Pick<Enrolment, 'enrol' | 'renew'>
  readonly attempts: Attempts
  readonly keys: Pick<GatewayKeys, 'authority'>
  /** Mailbox addresses as desks reach them. */
  readonly endpoints: () => string[]
}

/** Creates the handlers for desks without a certificate. */
export function enrolmentService({
  organisation,
  enrolment,
  attempts,
  keys,
  endpoints,
}: EnrolmentServiceOptions): Implementation<typeof EnrolmentServiceDefinition> {
  return {
    async enrol(request, { network }) {
      attempts.admit(network)
      const certificate = await enrolment.enrol(request).catch((error: unknown) => {
        attempts.failed(network)
        throw error
      })
      return {
        organisation,
        certificate,
        caCertificate: keys.authority().certificate,
        endpoints: endpoints(),
      }
    },
  }
}

/** Creates the handlers for enrolled desks. */
export function renewalService({
  enrolment,
}: Pick<EnrolmentServiceOptions, 'enrolment'>): Implementation<typeof RenewalServiceDefinition> {
  return {
    async renew({ signingRequest }, context) {
      return { certificate: await enrolment.renew(signingRequest, peerOf(context).certificate) }
    },
  }
}
