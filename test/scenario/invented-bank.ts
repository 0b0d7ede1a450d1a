/**
 * A bank that nobody has heard of: its own specifications of accounts ("pots") and of products, its own way of answering, and an
 * upstream that sends more than both allow.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { ISSUER_LINES } from './installation.ts'

export const IBANS = ['GB33BUKB20201555555555', 'GB94BARC10201530093459'] as const

export const ACCOUNTS_SPEC = `openapi: 3.0.3
info: { title: Meadow Bank accounts, version: "2" }
servers: [{ url: https://api.meadow.example/v2 }]
security: [{ oauth: [pots.read] }]
paths:
  /pot-accounts:
    get:
      operationId: listPots
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                properties:
                  items: { type: array, items: { $ref: "#/components/schemas/Pot" } }
                  total: { type: number }
  /pot-accounts/{accountId}/balance:
    get:
      operationId: potBalance
      parameters: [{ name: accountId, in: path, required: true, schema: { type: string } }]
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                required: [accountId]
                properties:
                  accountId: { type: string }
                  balance: { type: number }
                  exact: { type: number }
  /slow-accounts:
    get:
      operationId: slowPots
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                properties:
                  items: { type: array, items: { $ref: "#/components/schemas/Pot" } }
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://as.example/token", scopes: { pots.read: Read } } } }
  schemas:
    Pot:
      type: object
      required: [accountId]
      properties:
        accountId: { type: string }
        label: { type: string }
        iban: { type: string }
        balance: { type: number }
`

export const PRODUCTS_SPEC = `openapi: 3.0.3
info: { title: Meadow Bank products, version: "1" }
servers: [{ url: https://api.meadow.example/public }]
paths:
  /products:
    get:
      operationId: listProducts
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  properties:
                    code: { type: string }
                    rate: { type: number }
`

/** Two operations that no router can tell apart. */
export const BROKEN_SPEC = `openapi: 3.0.3
info: { title: Broken, version: "1" }
servers: [{ url: https://api.meadow.example/broken }]
paths: {}
`

/** Ten lines, as promised, and the issuer. */
export const meadowConfig = (upstream: string): string => `listen: 127.0.0.1:0
${ISSUER_LINES}apis:
  - name: pots
    spec: accounts.yaml
    upstream: ${upstream}
    template: ais
`
export const MEADOW_FILES = {
  'accounts.yaml': ACCOUNTS_SPEC,
  'feed/clients/app.json': { id: 'tpp-a', name: 'App Ltd', status: 'active' },
  'feed/consents/one.json': meadowConsent(),
}

export function meadowConsent(
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    id: 'consent-1',
    client: 'tpp-a',
    subject: 'customer-1',
    status: 'AUTH',
    permissions: ['ReadAccountsBasic', 'ReadBalances'],
    accounts: ['pot-1', 'pot-2'],
    ...changes,
  }
}

const POT = (id: string, iban: string): string =>
  `{"accountId":"${id}","label":"Rainy day","iban":"${iban}","balance":10.00,"secretScore":7}`
const POTS = `{"items":[${POT('pot-1', IBANS[0])},${POT('pot-9', IBANS[1])},${POT('pot-2', IBANS[0])}],"total":12345678901234567890,"_debug":"select *"}`

export interface MeadowBank {
  readonly origin: string
  readonly seen: string[]
  /** Called for `/slow-accounts`; answers when it is called back. */
  slow: (answer: () => void) => void
}

export async function meadowBank(t: TestContext): Promise<MeadowBank> {
  const seen: string[] = []
  const server: Server = createServer((request, response) => {
    const path = request.url ?? ''
    seen.push(`${request.method} ${path}`)
    response.setHeader('content-type', 'application/json')
    response.setHeader('server', 'MeadowCore/1')
    if (path === '/v2/pot-accounts') response.end(POTS)
    else if (path === '/v2/slow-accounts') bank.slow(() => response.end(POTS))
    else if (path === '/public/products')
      response.end('[{"code":"P1","rate":0.10,"margin":4.5},{"code":"P2","rate":1e2}]')
    else {
      const id = /^\/v2\/pot-accounts\/([^/]+)\/balance$/.exec(path)?.[1]
      if (id === undefined) response.writeHead(404).end('{"trace":"com.meadow.Dao:12"}')
      else
        response.end(
          `{"accountId":"${id}","balance":10.00,"exact":0.12345678901234567890,"owner":"A. Person"}`,
        )
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // sound: listening on TCP
  const bank: MeadowBank = {
    origin: `http://127.0.0.1:${port}`,
    seen,
    slow: (answer) => answer(),
  }
  return bank
}
