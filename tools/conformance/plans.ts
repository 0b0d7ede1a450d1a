/** The plans that a run is about, with the variants that the server is meant for. Names are those of the suite (`@PublishTestPlan`, `@VariantParameter`). */

export interface Plan {
  /** Of its alias and its clients. */
  readonly name: string
  readonly plan: string
  readonly variant: Readonly<Record<string, string>>
  readonly description: string
  readonly authentication: 'private_key_jwt' | 'mtls'
  readonly binding: 'dpop' | 'mtls'
  readonly fapi: '2.0' | '1.0-advanced'
  /** Requests are signed, and nothing unsigned is taken. */
  readonly signed: boolean
  /** Asks for `account_access` in `authorization_details`. */
  readonly rich: boolean
  /** How the client hears of the answer; `undefined`: it is no decoupled plan. */
  readonly decoupled: 'poll' | 'ping' | undefined
  readonly openid: boolean
}

type Basis = Pick<Plan, 'authentication' | 'binding'>
const KEY_DPOP: Basis = { authentication: 'private_key_jwt', binding: 'dpop' }
const KEY_MTLS: Basis = { authentication: 'private_key_jwt', binding: 'mtls' }
const MTLS: Basis = { authentication: 'mtls', binding: 'mtls' }
const MTLS_DPOP: Basis = { authentication: 'mtls', binding: 'dpop' }
const wordsOf = ({ authentication, binding }: Basis): string => `${authentication}, ${binding}`

function securityProfile(
  name: string,
  basis: Basis,
  { rich = false, openid = true }: { readonly rich?: boolean; readonly openid?: boolean } = {},
): Plan {
  return {
    name,
    plan: 'fapi2-security-profile-final-test-plan',
    variant: {
      client_auth_type: basis.authentication,
      sender_constrain: basis.binding,
      fapi_profile: 'plain_fapi',
      openid: openid ? 'openid_connect' : 'plain_oauth',
      authorization_request_type: rich ? 'rar' : 'simple',
    },
    description: `FAPI 2.0 Security Profile Final: ${wordsOf(basis)}${rich ? ', RAR' : ''}${openid ? '' : ', plain OAuth'}`,
    ...basis,
    fapi: '2.0',
    signed: false,
    rich,
    decoupled: undefined,
    openid,
  }
}
function messageSigning(name: string, basis: Basis, mode: 'jarm' | 'plain_response'): Plan {
  return {
    name,
    plan: 'fapi2-message-signing-final-test-plan',
    variant: {
      client_auth_type: basis.authentication,
      sender_constrain: basis.binding,
      fapi_profile: 'plain_fapi',
      openid: 'openid_connect',
      authorization_request_type: 'simple',
      fapi_request_method: 'signed_non_repudiation',
      fapi_response_mode: mode,
    },
    description: `FAPI 2.0 Message Signing Final: ${wordsOf(basis)}, ${mode}`,
    ...basis,
    fapi: '2.0',
    signed: true,
    rich: false,
    decoupled: undefined,
    openid: true,
  }
}
function fapi1(name: string, basis: Basis): Plan {
  return {
    name,
    plan: 'fapi1-advanced-final-test-plan',
    variant: {
      client_auth_type: basis.authentication,
      fapi_profile: 'plain_fapi',
      fapi_auth_request_method: 'pushed',
      fapi_response_mode: 'jarm',
    },
    description: `FAPI 1.0 Advanced Final: ${basis.authentication}, PAR, JARM`,
    ...basis,
    fapi: '1.0-advanced',
    signed: true,
    rich: false,
    decoupled: undefined,
    openid: true,
  }
}
function ciba(name: string, basis: Basis, mode: 'poll' | 'ping'): Plan {
  return {
    name,
    plan: 'fapi-ciba-id1-test-plan',
    variant: {
      client_auth_type: basis.authentication,
      fapi_ciba_profile: 'plain_fapi',
      ciba_mode: mode,
      client_registration: 'static_client',
    },
    description: `FAPI-CIBA ID1: ${basis.authentication}, ${mode}`,
    ...basis,
    // It is a profile of FAPI 1: assertions name the endpoint that they are for, tokens are bound to certificates.
    fapi: '1.0-advanced',
    signed: true,
    rich: false,
    decoupled: mode,
    openid: true,
  }
}

export const PLANS: readonly Plan[] = [
  securityProfile('fapi2-dpop', KEY_DPOP),
  securityProfile('fapi2-mtls', KEY_MTLS),
  securityProfile('fapi2-mtls-mtls', MTLS),
  securityProfile('fapi2-mtls-dpop', MTLS_DPOP),
  securityProfile('fapi2-rar', KEY_DPOP, { rich: true }),
  securityProfile('fapi2-oauth', KEY_DPOP, { openid: false }),
  messageSigning('signing-dpop', KEY_DPOP, 'jarm'),
  messageSigning('signing-mtls', KEY_MTLS, 'jarm'),
  messageSigning('signing-mtls-mtls', MTLS, 'jarm'),
  messageSigning('signing-plain', KEY_DPOP, 'plain_response'),
  fapi1('fapi1-mtls', MTLS),
  fapi1('fapi1-key', KEY_MTLS),
  ciba('ciba-poll', KEY_MTLS, 'poll'),
  ciba('ciba-ping', KEY_MTLS, 'ping'),
  ciba('ciba-poll-mtls', MTLS, 'poll'),
  ciba('ciba-ping-mtls', MTLS, 'ping'),
]
