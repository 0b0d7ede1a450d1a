/** An installation for a run: one client for each part that the suite plays, the accounts API behind the gateway, and a customer who answers by itself. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashed, type Keys, keysIn, publicHalf } from './keys.ts'
import { type Plan, PLANS } from './plans.ts'
import {
  callbackAt,
  certificatesAt,
  gatewayOf,
  issuerOf,
  notificationAt,
  QUERY,
  type Settings,
  SUITES,
} from './settings.ts'

/** `one` and `two` are the suite's clients; those that reject are two more, whose customer says no, and `pages` is one whose customer is asked on pages. */
export type Part = 'one' | 'two' | 'rejects-one' | 'rejects-two' | 'pages'
export const PARTS: readonly Part[] = ['one', 'two', 'rejects-one', 'rejects-two', 'pages']
/** The second of a pair: other keys, another certificate, and a redirect address with a query. */
export const isSecond = (part: Part): boolean => part.endsWith('two')
/** Of the data that the example bank is seeded with. */
export const SUBJECT = 'cust-amira'
export const USERNAME = 'amira'
const ACCOUNTS = ['22289', '22290']
const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'bank')

export const aliasOf = ({ alias }: Settings, { name }: Plan): string => `${alias}-${name}`
export const clientIdOf = (settings: Settings, plan: Plan, part: Part): string =>
  `${aliasOf(settings, plan)}-${part}`

export const keysOf = (settings: Settings, now: number): Keys =>
  keysIn(settings.folder, [...new Set([settings.host, 'localhost', '127.0.0.1'])], now)

/** In the words of RFC 7591, as `identity.clients` takes them. */
export function clientMetadata(settings: Settings, keys: Keys, plan: Plan, part: Part): object {
  const party = keys.parties[isSecond(part) ? 1 : 0]
  const suites = [...new Set([settings.suite, ...SUITES])]
  const callbacks = suites.map((suite) => callbackAt(suite, aliasOf(settings, plan)))
  const mtls = plan.authentication === 'mtls'
  return {
    client_id: clientIdOf(settings, plan, part),
    client_name: `Conformance ${plan.name} ${part}`,
    ...(plan.decoupled === undefined
      ? {
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          redirect_uris: isSecond(part) ? callbacks.map((uri) => uri + QUERY) : callbacks,
        }
      : {
          grant_types: ['urn:openid:params:grant-type:ciba', 'refresh_token'],
          response_types: [],
          redirect_uris: [],
          backchannel_token_delivery_mode: plan.decoupled,
          ...(plan.decoupled === 'ping'
            ? {
                backchannel_client_notification_endpoint: notificationAt(
                  settings.suite,
                  aliasOf(settings, plan),
                ),
              }
            : {}),
        }),
    token_endpoint_auth_method: mtls ? 'tls_client_auth' : 'private_key_jwt',
    ...(mtls ? { tls_client_auth_subject_dn: party.subject } : {}),
    jwks: { keys: [publicHalf(party.key)] },
    ...(plan.binding === 'dpop'
      ? { dpop_bound_access_tokens: true }
      : { tls_client_certificate_bound_access_tokens: true }),
    ...(plan.signed ? { require_signed_request_object: true } : {}),
    authorization_details_types: ['account_access'],
    fapi_profile: plan.fapi,
  }
}

/** Writes everything that `gatehouse up` reads; gives the path of the configuration. */
export function writeInstallation(
  settings: Settings,
  keys: Keys,
  at: { readonly bankPort: number; readonly address: string },
): string {
  const { folder } = settings
  const put = (path: string, value: unknown): void =>
    writeFileSync(
      join(folder, path),
      typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`,
      { mode: 0o600 },
    )
  for (const dir of ['clients', 'feed/clients'])
    mkdirSync(join(folder, dir), { recursive: true, mode: 0o700 })
  const clients = PLANS.flatMap((plan) => PARTS.map((part) => ({ plan, part })))
  const ids = clients.map(({ plan, part }) => clientIdOf(settings, plan, part))
  for (const [index, { plan, part }] of clients.entries()) {
    const id = ids[index] ?? ''
    put(`clients/${id}.json`, clientMetadata(settings, keys, plan, part))
    put(`feed/clients/${id}.json`, {
      id,
      name: `Conformance ${plan.name} ${part}`,
      status: 'active',
    })
  }
  put('customers.json', {
    customers: [
      {
        subject: SUBJECT,
        username: USERNAME,
        password: hashed(keys.password),
        acr: 'urn:openbanking:psd2:sca',
        accounts: ACCOUNTS.map((id) => ({
          id,
          name: `Account ${id}`,
          number: `•• ${id.slice(-4)}`,
        })),
      },
    ],
  })
  const partOf = (...wanted: readonly Part[]): string[] =>
    clients.flatMap(({ part }, index) => (wanted.includes(part) ? [ids[index] ?? ''] : []))
  const { address } = at
  const server = {
    certificate: keys.file('server.pem'),
    key: { file: keys.file('server-key.pem') },
    trustStores: ['clients'],
  }
  put('gatehouse.yaml', {
    version: 1,
    organisation: { name: 'Conformance Bank', jurisdictions: ['UK'] },
    dataDir: 'state',
    listeners: [
      {
        name: 'apis',
        listen: `${address}:${settings.port + 1}`,
        clientCertificate: 'optional',
        ...server,
      },
    ],
    trustStores: [{ name: 'clients', anchors: keys.anchors, revocation: 'none' }],
    publicOrigins: [gatewayOf(settings)],
    identity: {
      issuer: issuerOf(settings),
      listen: `${address}:${settings.port}`,
      mtls: { origin: certificatesAt(settings), listen: `${address}:${settings.port + 2}` },
      ...server,
      secret: { file: keys.file('identity-secret') },
      clients: ids.map((id) => `clients/${id}.json`),
      profile: 'development',
      developmentCustomers: 'customers.json',
      automaticCustomer: {
        subject: SUBJECT,
        approves: partOf('one', 'two'),
        refuses: partOf('rejects-one', 'rejects-two'),
      },
      privateHosts: [new URL(settings.suite).hostname],
      brand: { name: 'Conformance Bank', accent: '#0b6e4f' },
      resources: [{ identifier: gatewayOf(settings), scopes: ['accounts'] }],
    },
    issuers: [
      {
        issuer: issuerOf(settings),
        jwks: `https://127.0.0.1:${settings.port}/jwks`,
        audience: gatewayOf(settings),
        tls: { anchors: [keys.file('ca.pem')] },
      },
    ],
    apis: [
      {
        name: 'accounts',
        spec: join(EXAMPLE, 'spec', 'account-info-openapi.yaml'),
        upstream: `http://127.0.0.1:${at.bankPort}`,
        template: 'ais',
        // What a request by scope alone is granted, and what one with `account_access` asks for.
        permissions: { GetAccounts: ['accounts', 'ReadAccountsBasic', 'ReadAccountsDetail'] },
      },
    ],
  })
  chmodSync(folder, 0o700)
  return join(folder, 'gatehouse.yaml')
}
