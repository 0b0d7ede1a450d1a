/** What the suite is given for a plan: the members of its own configuration, read in its source. */
import { aliasOf, clientIdOf, isSecond, type Part, SUBJECT, USERNAME } from './installation.ts'
import type { Keys } from './keys.ts'
import type { Plan } from './plans.ts'
import { callbackAt, issuerOf, QUERY, resourceOf, type Settings } from './settings.ts'

type Members = Readonly<Record<string, unknown>>

/** RFC 9396, as the suite sends it where the variant is `rar`. */
const DETAILS = [{ type: 'account_access', permissions: ['ReadAccountsBasic'] }]
const WAIT_SECONDS = 10

export function configurationOf(settings: Settings, keys: Keys, plan: Plan): Members {
  const issuer = issuerOf(settings)
  const client = (part: Part): Members => {
    const party = keys.parties[isSecond(part) ? 1 : 0]
    return {
      client_id: clientIdOf(settings, plan, part),
      scope: plan.openid ? 'openid accounts' : 'accounts',
      jwks: { keys: [party.key] },
      ...(plan.binding === 'dpop' ? { dpop_signing_alg: 'PS256' } : {}),
      ...(plan.decoupled === undefined ? {} : { hint_type: 'login_hint', hint_value: SUBJECT }),
    }
  }
  const mtls = (at: 0 | 1): Members => {
    const { certificate, certificateKey, authority } = keys.parties[at]
    return { cert: certificate, key: certificateKey, ca: authority }
  }
  return {
    alias: aliasOf(settings, plan),
    description: `Gatehouse, ${plan.description}`,
    server: { discoveryUrl: `${issuer}/.well-known/openid-configuration` },
    client: client('one'),
    client2: client('two'),
    mtls: mtls(0),
    mtls2: mtls(1),
    resource: {
      resourceUrl: resourceOf(settings),
      resourceMethod: 'GET',
      ...(plan.rich ? { richAuthorizationRequest: DETAILS } : {}),
    },
    ...(plan.decoupled === undefined
      ? {
          browser: [browser(issuer, keys.password)],
          override: overrides(plan, client, issuer, keys.password),
        }
      : {
          automated_ciba_approval_url: `${issuer}/automatic-device?auth_req_id={auth_req_id}&action={action}`,
        }),
  }
}

/** Where the run's client is not told to be answered by itself, a person would click this. */
function browser(issuer: string, password: string): Members {
  const page = { match: `${issuer}/interaction*`, optional: true }
  return {
    match: `${issuer}/authorize*`,
    tasks: [
      {
        task: 'Log in',
        ...page,
        commands: [
          ['text', 'id', 'username', USERNAME, 'optional'],
          ['text', 'id', 'password', password, 'optional'],
          ['click', 'class', 'main'],
        ],
      },
      {
        task: 'Allow',
        ...page,
        commands: [
          ['click', 'name', 'account', 'optional'],
          ['click', 'class', 'main'],
        ],
      },
      errorPage(issuer),
      {
        task: 'Verify complete',
        match: '*/test/*/callback*',
        optional: true,
        commands: [['wait', 'id', 'submission_complete', WAIT_SECONDS]],
      },
    ],
  }
}

/** An error that cannot be sent to the client is on a page, with its code. */
const errorPage = (issuer: string): Members => ({
  task: 'Error page',
  match: `${issuer}/authorize*`,
  optional: true,
  commands: [
    ['wait', 'xpath', '//code', WAIT_SECONDS, '[a-z_]+', 'update-image-placeholder-optional'],
  ],
})

/** Modules in which the customer says no, or is seen to wait: another client, whose customer does. */
function overrides(
  plan: Plan,
  client: (part: Part) => Members,
  issuer: string,
  password: string,
): Readonly<Record<string, Members>> {
  const prefix = plan.plan.replace(/-test-plan$/, '')
  // Message Signing runs the modules of the Security Profile.
  const modules = prefix === 'fapi2-message-signing-final' ? 'fapi2-security-profile-final' : prefix
  const waiting = `${modules}-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds`
  return {
    [`${modules}-user-rejects-authentication`]: {
      client: client('rejects-one'),
      client2: client('rejects-two'),
    },
    [waiting]: {
      client: client('pages'),
      browser: [
        { match: `${issuer}/authorize*`, 'match-limit': 1, tasks: [] },
        browser(issuer, password),
      ],
    },
  }
}

/** As `run-test-plan.py` of the suite takes it. */
export const wordOf = ({ plan, variant }: Plan): string =>
  plan +
  Object.entries(variant)
    .map(([name, value]) => `[${name}=${value}]`)
    .join('')

/** Everything that is registered for a plan, for whoever runs the suite by hand. */
export const redirectsOf = (settings: Settings, plan: Plan): readonly string[] => {
  const callback = callbackAt(settings.suite, aliasOf(settings, plan))
  return plan.decoupled === undefined ? [callback, callback + QUERY] : []
}
