// rex.federation.v1.EntityService: entity configurations for paired organisations. docs/spec/delivery.md, "Entity configurations"
import type { EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { RexError } from '@rex/sdk/core'
import type { Implementation } from '@rex/sdk/transport'
import type { Directory } from '../trust/directory.ts'
import type { Reach } from '../trust/reach.ts'
import { callerOf } from './caller.ts'

/** Dependencies of the service. */
interface EntityServiceOptions {
  readonly directory: Pick<Directory, 'organisation' | 'own'>
  readonly reach: Pick<Reach, 'announced'>
  /** Called when the caller has contacted this gateway. */
  readonly alive: (organisation: string) => void
}

export function entityService({
  directory,
  reach,
  alive,
}: EntityServiceOptions): Implementation<typeof EntityServiceDefinition> {
  return {
    async getEntityConfiguration({ organisation }, context) {
      alive(callerOf(context))
      const own = directory.own()
      if (organisation !== directory.organisation || own === undefined) {
        throw new RexError('UNKNOWN_ORGANISATION', 'This gateway has no statement of the organisation.', {
          metadata: { organisation },
        })
      }
      return { entityConfiguration: own.jwt }
    },
    async announce(announcement, context) {
      const organisation = callerOf(context)
      await reach.announced(organisation, announcement)
      alive(organisation)
      return {}
    },
  }
}
