import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { GatehouseConfig } from '../../src/config/index.ts'
import { env, FILE, parse, SMALLEST } from './bank-folder.ts'

function sound(text: string): GatehouseConfig {
  const { config, diagnostics } = parse(text)
  assert.deepEqual(diagnostics, [])
  assert.ok(config)
  return config
}
const codes = (text: string, more = {}): readonly string[] =>
  parse(text, more).diagnostics.map(({ code }) => code)

test('`parseConfig` fills in defaults and makes paths absolute', () => {
  const { placeOf, ...rest } = sound(SMALLEST)
  assert.equal(placeOf([]).line, 1)
  assert.deepEqual(JSON.parse(JSON.stringify(rest)), {
    file: FILE,
    dir: '/bank',
    organisation: {
      name: 'This organisation',
      jurisdictions: ['EU'],
      entity: ['financial-entity'],
      timeZone: 'UTC',
    },
    listen: { host: '127.0.0.1', port: 8080 },
    listeners: [],
    sockets: [],
    extAuthz: null,
    trustStores: [],
    answerSigning: null,
    dataDir: '/bank/.gatehouse',
    store: null,
    feedDir: '/bank/feed',
    issuers: [],
    identity: null,
    sca: null,
    publicOrigins: [],
    context: null,
    mandate: [],
    retention: { events: 400, index: 400, observations: 400, plans: 400 },
    monitoring: null,
    logs: { level: 'info', format: null },
    templates: [],
    controls: [],
    classes: {},
    policyTests: null,
    apis: [
      {
        name: 'atms',
        spec: '/bank/specs/atms.json',
        upstream: ['http://127.0.0.1:9000'],
        upstreamHealth: null,
        upstreamTls: null,
        template: 'open-data',
        basePath: null,
        owner: null,
        dataClasses: null,
        roles: null,
        exposure: null,
        outageImpact: 'within-24h',
        criticalOrImportantFunction: false,
        features: [],
        serves: [],
        audit: null,
        degraded: false,
        issuers: null,
        approval: null,
        class: null,
        rules: [],
        operations: {},
        permissions: {},
      },
    ],
  })
})

test('`parseConfig` gives an issuer its defaults', () => {
  const { issuers } = sound(
    `issuers: [{ issuer: a, jwks: issuer.json, audience: b, claims: { client: azp } }]\n${SMALLEST}`,
  )
  assert.deepEqual(JSON.parse(JSON.stringify(issuers)), [
    {
      issuer: 'a',
      jwks: { file: '/bank/issuer.json' },
      audience: ['b'],
      algorithms: ['PS256', 'ES256', 'EdDSA'],
      clockSkewSeconds: 10,
      introspection: null,
      tls: null,
      claims: {
        client: 'azp',
        subject: 'sub',
        consent: 'consent_id',
        consentIn: 'claim',
        scope: 'scope',
        grant: 'grant_id',
        sca: null,
      },
    },
  ])
})

const listenForms: readonly (readonly [string, string, number])[] = [
  ['0', '127.0.0.1', 0],
  ['65535', '127.0.0.1', 65535],
  ['"8080"', '127.0.0.1', 8080],
  ['localhost:1', 'localhost', 1],
  ['"[::1]:8080"', '::1', 8080],
  ['0.0.0.0:0', '0.0.0.0', 0],
  ['gw-1.bank.example:443', 'gw-1.bank.example', 443],
  ['"[::ffff:10.0.0.1]:80"', '::ffff:10.0.0.1', 80],
]
for (const [written, host, port] of listenForms)
  test(`\`listen\` takes ${written}`, () =>
    assert.deepEqual(sound(`listen: ${written}\n${SMALLEST}`).listen, { host, port }))
for (const written of [
  '-1',
  '65536',
  '1.5',
  '":80:80"',
  '::1:80',
  '"host:"',
  'host:65536',
  'a b:1',
  'true',
  '127.0..1:80',
  '127.1:80',
  '127.0.0.256:80',
  '127.0.0.01:80',
  '.:80',
  'a.:80',
  '-a:80',
  'a-:80',
  `${'a'.repeat(64)}:80`,
  '"[:::]:80"',
  '"[1::2::3]:80"',
  '"[fe80::1%eth0]:80"',
])
  test(`\`listen\` refuses ${written}`, () =>
    assert.equal(parse(`listen: ${written}\n${SMALLEST}`).diagnostics.length, 1))

const upstreams: readonly (readonly [string, string | undefined])[] = [
  ['https://core.bank.example', 'https://core.bank.example'],
  ['HTTPS://Core.Bank.Example:443/aisp/', 'https://core.bank.example/aisp'],
  ['http://[::1]:9000/', 'http://[::1]:9000/'],
  ['http://[::1]:9000', 'http://[::1]:9000'],
  ['http://h:0', undefined],
  ['http://h:65536', undefined],
  ['http:/h', undefined],
  ['http:h', undefined],
  ['http://h\\x', undefined],
  ['http://h/a//b', undefined],
  ['http://h/%2e%2e/b', undefined],
  ['http://h/.', undefined],
  ['http://h?', undefined],
  ['http://h#', undefined],
  ['//h/a', undefined],
  ['unix:/run/x', undefined],
  ['http://name@h', undefined],
]
for (const [written, want] of upstreams)
  test(`\`upstream\` ${want === undefined ? 'refuses' : 'takes'} ${written}`, () => {
    const { config } = parse(SMALLEST.replace('http://127.0.0.1:9000', JSON.stringify(written)))
    assert.deepEqual(config?.apis[0]?.upstream, want === undefined ? want : [want])
  })

for (const [written, want] of [
  ['/', ''],
  ['/open-banking/v4.0/aisp', '/open-banking/v4.0/aisp'],
  ['/a/', undefined],
  ['a', undefined],
  ['/a/../b', undefined],
  ['/.', undefined],
  ['/...', '/...'],
  ['/a%2fb', undefined],
  ['/a?b', undefined],
  ['/é', undefined],
] as const)
  test(`\`basePath\` ${want === undefined ? 'refuses' : 'takes'} ${written}`, () =>
    assert.equal(
      parse(`${SMALLEST}    basePath: ${JSON.stringify(written)}\n`).config?.apis[0]?.basePath,
      want,
    ))

for (const [written, ok] of [
  ['https://k.example/jwks.json', true],
  ['http://localhost:9/jwks', true],
  ['http://127.1.2.3/jwks', true],
  ['http://[::1]/jwks', true],
  ['http://k.example/jwks', false],
  ['http://127.0.0.1.example/jwks', false],
  ['http://localhost.example/jwks', false],
  ['file:///etc/jwks', false],
  ['gone.json', false],
] as const)
  test(`\`jwks\` ${ok ? 'takes' : 'refuses'} ${written}`, () => {
    const text = `issuers: [{ issuer: a, audience: b, jwks: "${written}" }]\n${SMALLEST}`
    assert.equal(parse(text).diagnostics.length, ok ? 0 : 1)
  })

test('`parseConfig` checks the key set of an issuer whatever else is wrong', () => {
  const found = codes(
    `colour: blue\nissuers: [{ issuer: a, audience: b, jwks: private.json }]\n${SMALLEST}`,
  )
  assert.deepEqual(found, ['GH_CONFIG_UNKNOWN_KEY', 'GH_CONFIG_JWKS_PRIVATE'])
})

const issuersWithoutKeys: readonly (readonly [string, boolean])[] = [
  ['https://login.bank.example', true],
  ['https://login.bank.example/realms/bank', true],
  ['http://127.0.0.1:9081/DEVELOPMENT-ONLY', true],
  ['http://login.bank.example', false],
  ['https://login.bank.example?tenant=1', false],
  ['https://login.bank.example#a', false],
  ['bank', false],
]
for (const [issuer, ok] of issuersWithoutKeys)
  test(`an issuer without \`jwks\` can${ok ? '' : 'not'} be asked for them: ${issuer}`, () => {
    const text = `issuers: [{ issuer: "${issuer}", audience: b }]\n${SMALLEST}`
    assert.deepEqual(codes(text), ok ? [] : ['GH_CONFIG_KEY_MISSING'])
    if (ok) assert.equal(sound(text).issuers[0]?.jwks, null)
  })

test('`rules` keep mode, fraction, parameters, bounds, approval and place, at every level', () => {
  const { apis, mandate, classes } = sound(`mandate:
  token.lifetime: { maxSeconds: 600, bounds: { mode: enforce, maxSeconds: { min: 60, max: 300 } } }
classes:
  partner: { rules: { authz.objects: { mode: observe, fraction: 5, bounds: {} } } }
${SMALLEST}    class: partner
    rules:
      authz.consent: { mode: observe, fraction: 0 }
      response.fields: { drop: [/a, /b], approval: { by: Dana, on: 2026-10-31 } }
    operations:
      GET /atms: { rules: { request.validation: { maxDepth: 8 } } }
`)
  const rule = (name: string, line: number, column: number, more: object): object => ({
    rule: name,
    mode: null,
    fraction: null,
    bounds: null,
    approval: null,
    params: {},
    ...more,
    place: { file: FILE, line, column },
  })
  const bounds = { mode: 'enforce', params: { maxSeconds: { min: 60, max: 300 } } }
  assert.deepEqual(JSON.parse(JSON.stringify([mandate, classes, apis[0]?.rules])), [
    [rule('token.lifetime', 2, 3, { params: { maxSeconds: 600 }, bounds })],
    {
      partner: {
        rules: [
          rule('authz.objects', 4, 23, {
            mode: 'observe',
            fraction: 5,
            bounds: { mode: null, params: {} },
          }),
        ],
      },
    },
    [
      rule('authz.consent', 12, 7, { mode: 'observe', fraction: 0 }),
      rule('response.fields', 13, 7, {
        params: { drop: ['/a', '/b'] },
        approval: { by: 'Dana', on: '2026-10-31' },
      }),
    ],
  ])
  assert.equal(apis[0]?.class, 'partner')
  assert.deepEqual(JSON.parse(JSON.stringify(apis[0]?.operations)), {
    'GET /atms': { rules: [rule('request.validation', 15, 29, { params: { maxDepth: 8 } })] },
  })
})

test('`classes` and `operations` have no prototype', () => {
  const { apis, classes } = sound(SMALLEST)
  assert.equal(classes['constructor'], undefined)
  assert.equal(apis[0]?.operations['toString'], undefined)
})

test('`permissions` has no prototype, so an operation called constructor is nothing special', () => {
  const { apis } = sound(`${SMALLEST}    permissions: { toString: [A] }\n`)
  assert.deepEqual(apis[0]?.permissions['toString'], ['A'])
  assert.equal(apis[0]?.permissions['constructor'], undefined)
  assert.equal(sound(SMALLEST).apis[0]?.permissions['constructor'], undefined)
})

test('`parseConfig` knows no key that only a prototype has', () => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
    assert.deepEqual(codes(`${key}: {}\n${SMALLEST}`), ['GH_CONFIG_UNKNOWN_KEY'], key)
  const { config } = parse(
    `${SMALLEST}    rules: { token.lifetime: { __proto__: { maxSeconds: 1 } } }\n`,
  )
  assert.equal(config, undefined)
})

test('`placeOf` gives the value, else its nearest parent', () => {
  const { placeOf } = sound(SMALLEST)
  assert.deepEqual(placeOf(['apis', 0, 'template']), { file: FILE, line: 5, column: 15 })
  assert.deepEqual(placeOf(['apis', 0, 'owner', 'x']), { file: FILE, line: 2, column: 5 })
  assert.deepEqual(placeOf(['apis', 7]), { file: FILE, line: 2, column: 3 })
  assert.deepEqual(placeOf(['nowhere']), { file: FILE, line: 1, column: 1 })
})

test('`parseConfig` reads Windows line ends and a byte order mark as nothing', () => {
  const { config, diagnostics } = parse(
    `\uFEFF${SMALLEST.replaceAll('\n', '\r\n')}    owner: x\r\n`,
  )
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(config?.placeOf(['apis', 0, 'owner']), { file: FILE, line: 6, column: 12 })
})

test('`parseConfig` takes any word where the vocabulary has none', () => {
  assert.deepEqual(codes(`${SMALLEST}    features: [jwtt]\n`), ['GH_CONFIG_VALUE_INVALID'])
  const { features: _, ...vocabulary } = env.vocabulary
  assert.deepEqual(codes(`${SMALLEST}    features: [jwtt]\n`, { vocabulary }), [])
})

test('`parseConfig` resolves from the folder of the file, wherever that is', () => {
  const seen: string[] = []
  parse(SMALLEST.replace('specs/atms.json', '../x/../s.yaml'), {
    fileExists: (path) => seen.push(path) > 0,
  })
  assert.deepEqual(seen, ['/s.yaml'])
})

const socketMistakes: readonly (readonly [
  string,
  Readonly<Record<string, string>>,
  readonly string[],
])[] = [
  ['as it should be', {}, []],
  ['an absolute path', { listen: 'unix:/run/gatehouse/proxy.sock' }, []],
  ['a port', { listen: '127.0.0.1:8080' }, ['GH_CONFIG_VALUE_INVALID']],
  ['an abstract name', { listen: '"unix:@proxy"' }, ['GH_CONFIG_VALUE_INVALID']],
  ['no name', { listen: '"unix:"' }, ['GH_CONFIG_VALUE_INVALID']],
  ['a folder', { listen: '"unix:run/"' }, ['GH_CONFIG_VALUE_INVALID']],
  ['a home', { listen: '"unix:~/proxy.sock"' }, ['GH_CONFIG_VALUE_INVALID']],
  ['a path too long', { listen: `unix:${'a'.repeat(104)}` }, ['GH_CONFIG_VALUE_INVALID']],
  ['a mode for everybody', { mode: '"0666"' }, ['GH_CONFIG_VALUE_INVALID']],
  ['a header that anybody sends', { header: 'x-client-cert' }, ['GH_CONFIG_VALUE_INVALID']],
  ['an old TLS', { proxyTls: '"1.1"' }, ['GH_CONFIG_VALUE_INVALID']],
  ['nobody to believe', { trustStores: '[]' }, ['GH_CONFIG_VALUE_INVALID']],
  ['a trust store that is none', { trustStores: '[psd3]' }, ['GH_CONFIG_REFERENCE_UNKNOWN']],
]
for (const [what, changes, expected] of socketMistakes)
  test(`a socket for a proxy, ${what}`, () => {
    const socket = {
      name: 'proxy',
      listen: 'unix:run/proxy.sock',
      header: 'client-cert',
      proxyTls: '"1.3"',
      trustStores: '[psd2]',
      ...changes,
    }
    const lines = Object.entries(socket).map(([key, value]) => `${key}: ${value}`)
    const text = `sockets: [{ ${lines.join(', ')} }]\ntrustStores: [{ name: psd2 }]\n${SMALLEST}`
    assert.deepEqual(codes(text), expected)
  })
test('sockets for proxies have names and paths of their own, and are instead of a port', () => {
  const one = (name: string, path: string): string =>
    `{ name: ${name}, listen: unix:${path}, header: client-cert, proxyTls: "1.2", trustStores: [psd2] }`
  const text = (...sockets: readonly string[]): string =>
    `sockets: [${sockets.join(', ')}]\ntrustStores: [{ name: psd2 }]\n${SMALLEST}`
  assert.deepEqual(codes(text(one('a', 'a'), one('a', 'b'))), ['GH_CONFIG_VALUE_DUPLICATE'])
  assert.deepEqual(codes(text(one('a', 'a'), one('b', 'a'))), ['GH_CONFIG_VALUE_DUPLICATE'])
  const { listen, sockets } = sound(text(one('a', 'a'), one('b', 'b')))
  assert.equal(listen, null)
  assert.deepEqual(
    sockets.map((socket) => socket.listen),
    [{ socket: '/bank/a' }, { socket: '/bank/b' }],
  )
})
