/** Keycloak beside ours: a realm with the third party of the world, asked for the same tokens. Its virtual machine compiles all that it will. */
import type { ClientMetadata } from '../../src/identity/client-metadata.ts'
import { startKeycloak } from '../../test/support/peer-keycloak.ts'
import type { Elsewhere } from './world.ts'

export interface Beside extends Elsewhere {
  readonly pid: number
  readonly port: number
}

const SCOPE = 'accounts'
const COMPILES_ALL = ''

export async function keycloakBeside(
  home: string,
  client: ClientMetadata,
  ends: (() => unknown)[],
): Promise<Beside> {
  const after = (end: () => unknown): void => void ends.push(end)
  const { origin, pid, make } = await startKeycloak({ after }, home, COMPILES_ALL)
  await make('', {
    realm: 'bank',
    enabled: true,
    accessTokenLifespan: 300,
    clientScopes: [
      {
        name: SCOPE,
        protocol: 'openid-connect',
        attributes: { 'include.in.token.scope': 'true' },
      },
    ],
  })
  await make('/bank/clients', {
    clientId: client.client_id,
    protocol: 'openid-connect',
    enabled: true,
    publicClient: false,
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
    clientAuthenticatorType: 'client-jwt',
    defaultClientScopes: [],
    optionalClientScopes: [SCOPE],
    attributes: {
      'use.jwks.string': 'true',
      'jwks.string': JSON.stringify(client.jwks),
      'token.endpoint.auth.signing.alg': 'ES256',
      'access.token.signed.response.alg': 'ES256',
      'dpop.bound.access.tokens': 'true',
    },
  })
  return {
    pid,
    port: Number(new URL(origin).port),
    issuer: `${origin}/realms/bank`,
    tokenPath: '/protocol/openid-connect/token',
  }
}
