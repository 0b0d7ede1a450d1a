/** Every setting of the library is said aloud: none is left to a default that may change, and what comes of them is told as it is. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { providerSettings } from '../../src/identity/provider.ts'
import { systemClock } from '../../src/app/system-ports.ts'
import { API, ISSUER, makeClient } from './client.ts'
import { cookieSigner } from '../../src/identity/cookie-signing.ts'
import { CUSTOMER, startRig } from './rig.ts'

const DEFAULTS = join(
  import.meta.dirname,
  '..',
  '..',
  'node_modules',
  'oidc-provider',
  'lib',
  'helpers',
  'defaults.js',
)
/** Of features that are off, and of what such features alone read: their settings say nothing. */
const UNREAD = [
  /^features\.(?:attestClientAuth|clientIdMetadataDocument|deviceFlow|openid4vci|registration|registrationManagement|rpInitiatedLogout|webMessageResponseMode|externalSigningSupport)\./,
  /^ttl\.(?:DeviceCode|PreAuthorizedCode)$/,
  /^enabledJWA\.(?:userinfo|attest|\w+Encryption)\w+$/,
  /^routes\.(?:code_verification|challenge|device_authorization|end_session|registration|userinfo|credential)$/,
  /^fetchResponseBodyLimits\.client_id/,
  /^pairwiseIdentifier$/,
  // Overridden by those of the server, which have none of these.
  /^discovery\./,
]

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
const pathsOf = (value: Record<string, unknown>, at = ''): string[] =>
  Object.entries(value).flatMap(([name, inner]) =>
    isPlain(inner) ? pathsOf(inner, `${at}${name}.`) : [`${at}${name}`],
  )
function has(settings: unknown, path: string): boolean {
  let at = settings
  for (const name of path.split('.')) {
    if (!isPlain(at) || !Object.hasOwn(at, name)) return false
    at = at[name]
  }
  return true
}
const shown = (_: string, value: unknown): unknown =>
  typeof value === 'function' ? '(ours)' : value === undefined ? '(none)' : value

function settings() {
  return providerSettings({
    issuer: ISSUER,
    adapter: () => assert.fail('nothing is kept'),
    keys: [],
    cookies: cookieSigner([Buffer.from('a cookie key')]),
    nonceSecret: Buffer.alloc(0),
    clients: [],
    gateways: new Set(),
    resources: [{ identifier: API, scopes: ['accounts'] }],
    isSubject: () => Promise.resolve(false),
    presented: { of: () => undefined, trusted: () => false, believesSeal: () => false },
    registrationEndpoint: undefined,
    interactionUrl: undefined,
    decoupled: {
      subjectOf: () => Promise.resolve(undefined),
      asked: () => Promise.resolve(),
    },
    fetch: () => Promise.reject(new TypeError('nothing is asked outside')),
    clock: systemClock,
  })
}
function compare(name: string, text: string): void {
  const golden = join(import.meta.dirname, name)
  // Rewrites the golden file, to be read in the diff: UPDATE_CASES=1 node --test test/identity/settings.test.ts
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(golden, text)
  assert.equal(text, readFileSync(golden, 'utf8'))
}

test('no setting that the library reads is left to its default', async () => {
  const module: unknown = await import(pathToFileURL(DEFAULTS).href)
  const make = Object(module)['default'] as () => Record<string, unknown> // sound: the file exports a function, and the paths below are counted
  const paths = pathsOf(make())
  assert.ok(paths.length > 150, `${paths.length} settings`)
  const left = paths.filter(
    (path) => !UNREAD.some((pattern) => pattern.test(path)) && !has(settings(), path),
  )
  assert.deepEqual(left, [])
})

test('the settings are these', () => {
  compare('settings.case', `${JSON.stringify(settings(), shown, 2)}\n`)
})

test('the metadata of the server is this, at both addresses', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, {
    testClients: [client],
    decoupled: {
      subjectOf: () => Promise.resolve(CUSTOMER),
      asked: () => Promise.resolve(),
    },
    registrationEndpoint: `${ISSUER}/register`,
    certificateOrigin: 'https://mtls.bank.example',
  })
  const read = async (path: string) => {
    const answer = await ask(path)
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    return answer.json()
  }
  const metadata = await read('/.well-known/openid-configuration')
  assert.deepEqual(await read('/.well-known/oauth-authorization-server'), metadata)
  compare('metadata.case', `${JSON.stringify(metadata, null, 2)}\n`)
})

test('where customers are authenticated strongly, the metadata says which acr there is, and that ID tokens say it', async (t) => {
  const acr = 'urn:openbanking:psd2:sca'
  const read = async (more: object): Promise<Record<string, unknown>> => {
    const { ask } = await startRig(t, { testClients: [await makeClient('tpp')], ...more })
    const answer = await ask('/.well-known/openid-configuration')
    return (await answer.json()) as Record<string, unknown> // sound: the test above has it as an object
  }
  const without = await read({})
  assert.equal(without['acr_values_supported'], undefined)
  const {
    acr_values_supported: values,
    claims_supported: claims,
    ...rest
  } = await read({ strongAcr: acr })
  assert.deepEqual(values, [acr])
  compare(
    'claims.case',
    `${JSON.stringify({ without: without['claims_supported'], strong: claims }, null, 2)}\n`,
  )
  const { claims_supported: _, ...plain } = without
  assert.deepEqual(rest, plain)
})
