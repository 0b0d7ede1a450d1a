import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { importSpec } from '../inventory/index.ts'
import { linearRegex } from './linear-regex.ts'
import { suggestTemplate, type Suggestion } from './suggest-template.ts'

const ROOT = join(import.meta.dirname, '..', '..')

function suggested(file: string, text: string | Uint8Array): Suggestion {
  const { spec, diagnostics } = importSpec({
    file,
    text: typeof text === 'string' ? Buffer.from(text) : text,
    regex: linearRegex,
  })
  assert.ok(spec !== undefined, JSON.stringify(diagnostics))
  return suggestTemplate(spec)
}

/** Routes as `POST /payments scope=payments tag=PIS`, under one OAuth scheme unless `open`. */
function made(...routes: readonly string[]): Suggestion {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const [method = '', path = '', ...marks] = route.split(' ')
    const mark = (name: string): string[] =>
      marks.filter((one) => one.startsWith(`${name}=`)).map((one) => one.slice(name.length + 1))
    const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }))
    const operation = {
      operationId: route.replaceAll(/\W+/g, '_'),
      tags: mark('tag'),
      parameters,
      ...(marks.includes('open') ? {} : { security: [{ oauth: mark('scope') }] }),
      responses: { 200: { description: 'ok' } },
    }
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }
  const flow = { tokenUrl: 'https://as.bank.example/token', scopes: {} }
  return suggested(
    'made.json',
    JSON.stringify({
      openapi: '3.0.3',
      info: { title: 'Made', version: '1' },
      paths,
      components: {
        securitySchemes: { oauth: { type: 'oauth2', flows: { clientCredentials: flow } } },
      },
    }),
  )
}

const PUBLISHED: readonly (readonly [file: string, template: string, others: string])[] = [
  ['examples/bank/spec/account-info-openapi.yaml', 'ais', '3 consent'],
  ['test/inventory/specs/uk-obie/payment-initiation-openapi.yaml', 'pis', ''],
  [
    'test/inventory/specs/berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml',
    'berlin-group-pis',
    '9 berlin-group-ais',
  ],
  ['test/inventory/specs/brazil/payments-4.0.0.yml', 'brazil-payments', ''],
  ['test/inventory/specs/cdr-au/cds_banking.yaml', 'cdr-banking', ''],
]
for (const [file, template, others] of PUBLISHED)
  test(`\`suggestTemplate\` gives ${template} for ${file}`, () => {
    const found = suggested(file, readFileSync(join(ROOT, file)))
    assert.equal(found.template, template)
    assert.equal(found.others.map((one) => `${one.operations} ${one.template}`).join(), others)
    assert.ok(found.why.length > 0 && found.checksTokens)
  })

const MADE: readonly {
  readonly routes: readonly string[]
  readonly template: string
  readonly why: RegExp
  readonly others?: string
}[] = [
  {
    routes: ['GET /accounts scope=accounts', 'GET /accounts/{id}/balances scope=accounts'],
    template: 'ais',
    why: /^scope `accounts` \(2 operations\)$/,
  },
  { routes: ['POST /things scope=payments'], template: 'pis', why: /^scope `payments`/ },
  { routes: ['POST /orders tag=PIS'], template: 'pis', why: /^tag `PIS`/ },
  {
    // Consents on the way to a payment do not outnumber it.
    routes: [
      'POST /payment-consents',
      'GET /payment-consents/{id}',
      'DELETE /payment-consents/{id}',
      'POST /payments scope=payments',
    ],
    template: 'pis',
    why: /^scope `payments`/,
  },
  { routes: ['POST /funds-confirmations'], template: 'cbpii', why: /`funds-confirmations`/ },
  { routes: ['POST /checks tag=CBPII'], template: 'cbpii', why: /^tag `CBPII`/ },
  {
    routes: ['POST /consents', 'GET /consents/{id}', 'DELETE /consents/{id}'],
    template: 'consent',
    why: /^path segment `consents` \(3 operations\)$/,
  },
  {
    routes: ['POST /oauth/token', 'POST /oauth/par', 'GET /jwks open'],
    template: 'auth',
    why: /^path segment `/,
  },
  { routes: ['GET /admin/users', 'DELETE /admin/users/{id}'], template: 'admin', why: /`admin`/ },
  { routes: ['GET /internal/limits'], template: 'internal', why: /`internal`/ },
  // What the bank keeps for itself is not open because nobody wrote down who may call it.
  { routes: ['GET /internal/limits open'], template: 'internal', why: /`internal`/ },
  {
    routes: ['GET /products open', 'GET /branches open'],
    template: 'open-data',
    why: /^no operation asks for a token/,
  },
  {
    routes: ['GET /accounts', 'GET /transactions', 'POST /payments', 'GET /admin/users'],
    template: 'ais',
    why: /^path segment/,
    others: '1 pis, 1 admin',
  },
  { routes: ['GET /things scope=x'], template: 'ais', why: /^neither path, scope, tag nor/ },
]
for (const { routes, template, why, others = '' } of MADE)
  test(`\`suggestTemplate\` gives ${template} for ${routes.join(', ')}`, () => {
    const found = made(...routes)
    assert.equal(found.template, template)
    assert.match(found.why[0] ?? '', why)
    assert.equal(found.others.map((one) => `${one.operations} ${one.template}`).join(', '), others)
    assert.equal(found.checksTokens, template !== 'open-data' && template !== 'auth')
  })
