/** What a run of the OpenID conformance suite is told, by flag, by environment or by nothing: where everything is, and under which names. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'

export interface Settings {
  /** Keys, certificates and records of the run; made when it is not there, and ignored by git. */
  readonly folder: string
  /** Under which the suite finds the server: `localhost`, or `host.docker.internal` from a container. */
  readonly host: string
  /** Of the authorization server; the next one is the gateway's, and the one after it where certificates are asked for. */
  readonly port: number
  /** Where the suite is: `https://localhost.emobix.co.uk:8443`. */
  readonly suite: string
  /** Before the names of the plans, in aliases and `client_id`s. */
  readonly alias: string
  /** PEM file of whom the suite's own certificate is from, for CIBA notifications; absent: it is asked for its certificate at the start. */
  readonly suiteCa: string | undefined
}

const ROOT = join(import.meta.dirname, '..', '..')
export const SUITES = [
  'https://localhost.emobix.co.uk:8443',
  'https://localhost:8443',
  'https://www.certification.openid.net',
  'https://demo.certification.openid.net',
]

export function readSettings(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Settings & { readonly plan: string | undefined } {
  const { values } = parseArgs({
    args: [...words],
    options: {
      folder: { type: 'string' },
      host: { type: 'string' },
      port: { type: 'string' },
      suite: { type: 'string' },
      alias: { type: 'string' },
      'suite-ca': { type: 'string' },
      plan: { type: 'string' },
    },
  })
  const port = Number(values.port ?? env['CONFORMANCE_PORT'] ?? 10_443)
  if (!Number.isInteger(port) || port < 1 || port > 65_533)
    throw new TypeError('--port must be a port with two free ones after it')
  const suite = new URL(values.suite ?? env['CONFORMANCE_SUITE'] ?? SUITES[0] ?? '')
  if (suite.protocol !== 'https:') throw new TypeError('--suite must be an https address')
  const alias = values.alias ?? env['CONFORMANCE_ALIAS'] ?? 'gatehouse'
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(alias))
    throw new TypeError('--alias must be lower-case letters, digits and hyphens')
  return {
    folder: values.folder ?? env['CONFORMANCE_FOLDER'] ?? join(ROOT, '.conformance'),
    host: values.host ?? env['CONFORMANCE_HOST'] ?? 'localhost',
    port,
    suite: `${suite.origin}${suite.pathname.replace(/\/$/, '')}`,
    alias,
    suiteCa: values['suite-ca'] ?? env['CONFORMANCE_SUITE_CA'],
    plan: values.plan,
  }
}

export const issuerOf = ({ host, port }: Settings): string => `https://${host}:${port}`
export const gatewayOf = ({ host, port }: Settings): string => `https://${host}:${port + 1}`
export const certificatesAt = ({ host, port }: Settings): string => `https://${host}:${port + 2}`
/** The protected resource that the suite calls: behind the gateway. */
export const resourceOf = (settings: Settings): string =>
  `${gatewayOf(settings)}/open-banking/v4.0/aisp/accounts`
/** The suite's own form; the second client has a query, so that exact comparison is seen. */
export const QUERY = '?dummy1=lorem&dummy2=ipsum'
export const callbackAt = (suite: string, alias: string): string =>
  `${suite}/test/a/${alias}/callback`
export const notificationAt = (suite: string, alias: string): string =>
  `${suite}/test/a/${alias}/ciba-notification-endpoint`
