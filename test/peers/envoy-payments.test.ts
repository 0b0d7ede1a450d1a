/** What is paid is what was authenticated, by way of Envoy as by our own listener: the body that is compared is the body that the bank gets. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plan } from '../../src/decide/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import { authenticated } from '../support/authenticated.ts'
import { ISSUER } from '../support/ais-plan.ts'
import { askingEnvoy } from '../support/asking-envoy.ts'
import { envoyTest } from '../support/peer-envoy.ts'
import { apiSource, change, policySource } from '../support/policy-source.ts'
import { type RawAnswer, RawConnection } from '../support/raw-http.ts'
import { responderRig } from '../support/responder-rig.ts'

const SPEC = join(import.meta.dirname, '../inventory/specs/uk-obie/payment-initiation-openapi.yaml')
const AUTHENTICATED = [
  {
    type: 'payment_initiation',
    instructedAmount: { currency: 'GBP', amount: '165.88' },
    creditorName: 'ACME Inc',
    creditorAccount: {
      schemeName: 'UK.OBIE.SortCodeAccountNumber',
      identification: '08080021325698',
    },
    endToEndIdentification: 'FRESCO.21302.GFX.20',
  },
]
const BODY =
  '{"Data":{"ConsentId":"pay","Initiation":{"InstructionIdentification":"ACME412","EndToEndIdentification":"FRESCO.21302.GFX.20",' +
  '"InstructedAmount":{"Amount":"165.88","Currency":"GBP"},"CreditorAccount":{"SchemeName":"UK.OBIE.SortCodeAccountNumber",' +
  '"Identification":"08080021325698","Name":"ACME Inc"}}},"Risk":{}}'

/** The answer of a key, and what is signed in it, are not Envoy's to judge (docs/decisions/025): those rules are watched on both. */
function payments(upstream: string): Plan {
  const { plan } = compilePolicy(
    policySource(
      [
        apiSource({
          name: 'payments',
          spec: readFileSync(SPEC, 'utf8'),
          template: 'pis',
          upstream,
          rules: [
            ...[
              'payment.idempotency',
              'request.signature',
              'gateway.baseline',
              'upstream.validation',
            ].map((rule) => change(rule, { mode: 'observe' })),
            // Whether the bank took it is in an answer that Envoy does not show (decision 047).
            change('sca.dynamicLinking', { params: { consent: 'reusable' } }),
          ],
        }),
      ],
      [],
      [ISSUER],
    ),
  )
  return plan
}

function told({ status, body }: RawAnswer): string {
  return status === 201 ? 'paid' : (JSON.parse(body) as { code: string }).code // sound: a problem document
}

envoyTest(
  'payments are compared with what was authenticated on both, and the same bytes go on',
  async (t, program) => {
    const rig = await responderRig(t, {
      replan: ({ apis: [api] }) => payments(api?.state === 'active' ? api.upstream.origin : ''),
    })
    rig.upstream.script = (_request, socket) =>
      socket.write(
        'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
      )
    rig.feed.addConsent('pay', {
      permissions: new Set(['domestic-payments']),
      accounts: new Set(),
      status: 'AUTH',
    })
    const envoy = await askingEnvoy(t, program, rig)
    const token = (changes: object = {}): string =>
      rig.token({
        scope: 'payments',
        consent_id: 'pay',
        authorization_details: AUTHENTICATED,
        sca: authenticated(AUTHENTICATED),
        ...changes,
      })
    const [detail] = AUTHENTICATED
    const cases: readonly (readonly [what: string, says: string, body: string, token: string])[] = [
      ['as authenticated', 'paid', BODY, token()],
      ['the amount otherwise written', 'paid', BODY.replace('165.88', '165.880'), token()],
      ['another amount', 'GH_GATEWAY_PAYMENT_AMOUNT', BODY.replace('165.88', '165.89'), token()],
      ['another currency', 'GH_GATEWAY_PAYMENT_CURRENCY', BODY.replace('GBP', 'EUR'), token()],
      [
        'another payee',
        'GH_GATEWAY_PAYMENT_PAYEE',
        BODY.replace('08080021325698', '08080021325699'),
        token(),
      ],
      [
        'another name',
        'GH_GATEWAY_PAYMENT_PAYEE_NAME',
        BODY.replace('ACME Inc', 'Mallory Ltd'),
        token(),
      ],
      [
        'the amount twice',
        'GH_GATEWAY_REQUEST_INVALID',
        BODY.replace('"Amount":"165.88"', '"Amount":"165.88","Amount":"9999.00"'),
        token(),
      ],
      [
        'nothing authenticated',
        'GH_GATEWAY_PAYMENT_UNAUTHENTICATED',
        BODY,
        token({ authorization_details: undefined }),
      ],
      [
        'an authentication that cannot be read',
        'GH_GATEWAY_PAYMENT_UNAUTHENTICATED',
        BODY,
        token({
          authorization_details: [
            { ...detail, instructedAmount: { currency: 'GBP', amount: '1e3' } },
          ],
        }),
      ],
    ]
    for (const [what, says, body, bearer] of cases) {
      const text = [
        'POST /open-banking/v4.0/pisp/domestic-payments HTTP/1.1',
        'Host: api.bank.example',
        `Authorization: Bearer ${bearer}`,
        'Content-Type: application/json',
        'x-idempotency-key: one',
        'x-jws-signature: a..b',
        `Content-Length: ${Buffer.byteLength(body)}`,
        '',
        body,
      ].join('\r\n')
      const connection = new RawConnection(rig.port)
      connection.send(text)
      const own = await connection.answer()
      connection.destroy()
      assert.ok(own !== undefined)
      assert.equal(told(own), says, `${what}, ours`)
      assert.equal(told(await envoy.raw(text)), says, `${what}, Envoy`)
      const [asked, node] = rig.sink.access.slice(-2).toReversed()
      const ofRequest = node?.failed.filter(({ rule }) => rule !== 'upstream.validation')
      assert.deepEqual(asked?.failed, ofRequest, what)
    }
    const bodies = rig.upstream.seen.map(({ body }) => body)
    assert.deepEqual(bodies, [
      BODY,
      BODY,
      BODY.replace('165.88', '165.880'),
      BODY.replace('165.88', '165.880'),
    ])
  },
)
