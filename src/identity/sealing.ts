/** The part of the installation's secrets that protects the records of the authorization server, and where these stand. */
import {
  type SealedArea,
  type SealedColumn,
  type Sealing,
  type SealingKeys,
  sealingOf,
} from '../store/index.ts'

export type { Sealing } from '../store/index.ts'

const IDENTITY: SealedArea = { name: 'identity', unreadable: 'GH_IDENTITY_SEALED' }

/** Opening throws GH_IDENTITY_SEALED. */
export function createSealing(
  keys: SealingKeys,
  randomBytes: (count: number) => Uint8Array,
): Sealing {
  return sealingOf(IDENTITY, keys, randomBytes)
}

/** Under which name each kind of payload is sealed: it is part of the key. */
export const sealedAs = {
  record: (model: string, id: string): string => `${model}:${id}`,
  signingKey: (id: string): string => `signing key:${id}`,
  consent: (id: string): string => `consent:${id}`,
  approval: (id: string): string => `approval:${id}`,
  decision: (id: string): string => `decision:${id}`,
  notification: (id: string): string => `notification:${id}`,
}

const area = 'identity'
const byId = { area, key: ['id'], beside: [] } as const
export const IDENTITY_SEALED: readonly SealedColumn[] = [
  {
    ...byId,
    table: 'signing_key',
    column: 'sealed',
    name: ({ id = '' }) => sealedAs.signingKey(id),
  },
  {
    area,
    table: 'authorization_record',
    column: 'payload',
    key: ['model', 'id'],
    beside: [],
    name: ({ model = '', id = '' }) => sealedAs.record(model, id),
  },
  { ...byId, table: 'consent', column: 'body', name: ({ id = '' }) => sealedAs.consent(id) },
  { ...byId, table: 'approval', column: 'body', name: ({ id = '' }) => sealedAs.approval(id) },
  { ...byId, table: 'approval', column: 'decision', name: ({ id = '' }) => sealedAs.decision(id) },
  {
    ...byId,
    table: 'notification',
    column: 'body',
    name: ({ id = '' }) => sealedAs.notification(id),
  },
]
