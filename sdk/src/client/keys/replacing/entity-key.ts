// The current entity key, and the rotations that led to it. docs/spec/identity.md, "Rotation of the entity key"
import { randomBytes } from 'node:crypto'
import type { EntityConfiguration } from '../../../core/identity/entity.ts'
import {
  type EntityRotation,
  MOST_ROTATIONS,
  parseRotation,
  signRotation,
} from '../../../core/identity/rotation.ts'
import { localSigner, verifyJwt } from '../../../core/jose/jose.ts'
import { kid, type Signer } from '../../../core/jose/key.ts'
import type { FoundingKeys } from '../keystore-file/founding.ts'

type EntityKeys = Pick<FoundingKeys, 'entitySeed' | 'rotations'>

/** Returns a signer for the entity key, and the rotations that led to it, oldest first. */
export function entityKeyOf({ entitySeed, rotations = [] }: EntityKeys): {
  signer: Signer
  rotations: readonly EntityRotation[]
} {
  return { signer: localSigner(entitySeed), rotations: rotations.map(parseRotation) }
}

/** Generates a new entity key, and signs the rotation to it with the current key. */
export async function nextEntityKey(
  { organisation, entitySeed, rotations = [] }: EntityKeys & Pick<FoundingKeys, 'organisation'>,
  rotatedMs: number,
): Promise<Required<EntityKeys>> {
  const next = randomBytes(32)
  const to = localSigner(next).key
  const rotation = await signRotation({ organisation, to, rotatedMs }, localSigner(entitySeed))
  return { entitySeed: next, rotations: [...rotations, rotation].slice(-MOST_ROTATIONS) }
}

/** Whether a statement was made under this entity key or one of its predecessors. Does not check the signature. */
export function isUnderOwnKey(
  { entityKey }: Pick<EntityConfiguration, 'entityKey'>,
  { signer, rotations }: ReturnType<typeof entityKeyOf>,
): boolean {
  return [signer.key, ...rotations.map(({ from }) => from)].some((key) => kid(key) === kid(entityKey))
}

/** Whether a statement was made under this entity key or one of its predecessors, and its signature is valid. */
export async function isOwnStatement(
  statement: EntityConfiguration,
  own: ReturnType<typeof entityKeyOf>,
): Promise<boolean> {
  if (!isUnderOwnKey(statement, own)) return false
  const { jwt, entityKey } = statement
  return await verifyJwt('entity-statement', jwt, entityKey).then(
    () => true,
    () => false,
  )
}
