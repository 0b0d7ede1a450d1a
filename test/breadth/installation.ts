/** One configuration with everything in it: eight APIs of other makes and two issuers, keys from a URL and from a file. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { jwks } from '../support/token-issuer.ts'
import { ANSWERS } from './banks.ts'
import {
  AUDIENCE,
  type Bank,
  KEYS,
  PUBLISHED,
  SPECS,
  startBank,
  startKeys,
  writeFiles,
} from './world.ts'

const DETAIL = [
  'ReadAccountsDetail',
  'ReadBalances',
  'ReadTransactionsDetail',
  'ReadPartyPSU',
  'ReadStatementsDetail',
]
const OWN = [
  'customers.yaml',
  'open-data.yaml',
  'shapes.json',
  'broken.yaml',
  'crud.yaml',
  'misplaced.yaml',
]

export interface Installation {
  readonly bank: Bank
  readonly config: string
  readonly close: () => void
}

/** In a folder with a space in its name, as people have. */
export async function install(parent: string): Promise<Installation> {
  const dir = join(parent, 'my bank')
  const bank = await startBank(ANSWERS)
  const keys = await startKeys(KEYS.ES256, KEYS.PS256)
  const consent = { client: 'aggregator', subject: 'NO123456', status: 'AUTH' }
  const accounts = ['12345678', 'acc-1']
  const api = (name: string, spec: string, template: string, more = ''): string =>
    `  - { name: ${name}, spec: ${spec}, upstream: ${bank.origin}, template: ${template}${more} }\n`
  writeFiles(dir, {
    'gatehouse.yaml': `listen: 127.0.0.1:0
issuers:
  - { issuer: https://as.example, jwks: ${keys.origin}/jwks.json, audience: ${AUDIENCE} }
  - { issuer: https://second.example, jwks: second.json, audience: ${AUDIENCE}, algorithms: [EdDSA] }
apis:
${api('customers', 'customers.yaml', 'ais')}${api('berlin', 'berlin.yaml', 'ais')}${api('cdr', 'cdr.yaml', 'ais')}${api('branches', 'open-data.yaml', 'open-data')}${api('shapes', 'shapes.json', 'ais', ', permissions: { items: [ReadAccountsDetail], settings: [] }')}${api('broken', 'broken.yaml', 'ais')}${api('crud', 'crud.yaml', 'ais', ', basePath: /crud')}${api('misplaced', 'misplaced.yaml', 'open-data')}`,
    'second.json': jwks(KEYS.EdDSA),
    'feed/clients/aggregator.json': { id: 'aggregator', name: 'Aggregator', status: 'active' },
    'feed/consents/all.json': { id: 'all', ...consent, permissions: DETAIL, accounts },
    'feed/consents/basic.json': {
      id: 'basic',
      ...consent,
      permissions: ['ReadAccountsBasic', 'ReadTransactionsBasic'],
      accounts,
      transactionsFrom: '2026-01-01T00:00:00Z',
    },
  })
  for (const name of OWN) cpSync(join(SPECS, name), join(dir, name))
  cpSync(
    join(PUBLISHED, 'berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml'),
    join(dir, 'berlin.yaml'),
  )
  cpSync(join(PUBLISHED, 'cdr-au/cds_banking.yaml'), join(dir, 'cdr.yaml'))
  return {
    bank,
    config: join(dir, 'gatehouse.yaml'),
    close() {
      for (const { server } of [bank, keys]) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}
