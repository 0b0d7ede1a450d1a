/** A bank whose gateway is behind a proxy of the same machine, which connects to a unix socket. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { readCertificate, readPem } from '../../src/proof/index.ts'
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../support/development-certificates.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { accessToken, jwks, signingKey } from '../support/token-issuer.ts'

const ROOT = join(import.meta.dirname, '..', '..')
export const PATH = '/open-banking/v4.0/aisp/accounts'
const ISSUER = { iss: 'https://as.example', aud: 'https://api.bank.example' }

export interface ProxiedBank {
  readonly dir: string
  readonly config: string
  readonly socket: string
  readonly certs: DevelopmentCertificates
  token(boundTo: string): string
  /** One request over the socket, with these header lines beside the token. */
  call(
    token: string,
    headers: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<string>
}

export async function proxiedBank(t: TestContext, more = ''): Promise<ProxiedBank> {
  const dir = temporaryFolder(t)
  const certs = developmentCertificates(t)
  cpSync(join(ROOT, 'examples', 'bank', 'spec'), join(dir, 'spec'), { recursive: true })
  cpSync(certs.dir, join(dir, 'certs'), { recursive: true })
  for (const folder of ['clients', 'consents'])
    mkdirSync(join(dir, 'feed', folder), { recursive: true })
  const client = {
    id: 'tpp-a',
    name: 'A',
    status: 'active',
    organizationIdentifier: 'PSDGB-FCA-123456',
  }
  const consent = {
    id: 'consent-1',
    client: 'tpp-a',
    subject: 'customer-1',
    status: 'AUTH',
    permissions: ['ReadAccountsBasic'],
    accounts: ['22289'],
  }
  writeFileSync(join(dir, 'feed', 'clients', 'tpp-a.json'), JSON.stringify(client))
  writeFileSync(join(dir, 'feed', 'consents', 'consent-1.json'), JSON.stringify(consent))
  const core = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json; charset=utf-8')
    response.end('{"Data":{"Account":[]},"Links":{"Self":"https://a"},"Meta":{}}')
  })
  core.listen(0, '127.0.0.1')
  await once(core, 'listening')
  t.after(() => core.close())
  const { port } = core.address() as AddressInfo // sound: listening on TCP
  const key = signingKey('k')
  writeFileSync(join(dir, 'jwks.json'), jwks(key))
  const config = join(dir, 'gatehouse.yaml')
  writeFileSync(
    config,
    `${more}sockets:
  - name: behind-nginx
    listen: unix:proxy.sock
    header: client-cert
    proxyTls: "1.2"
    trustStores: [psd2]
trustStores:
  - { name: psd2, anchors: [certs/ca.pem], crls: [certs/crl.pem] }
issuers:
  - { issuer: ${ISSUER.iss}, jwks: jwks.json, audience: ${ISSUER.aud} }
apis:
  - name: accounts
    spec: spec/account-info-openapi.yaml
    upstream: http://127.0.0.1:${port}
    template: psd2-ais
`,
  )
  const socket = join(dir, 'proxy.sock')
  return {
    dir,
    config,
    socket,
    certs,
    token: (boundTo) =>
      accessToken(key, Date.now(), {
        ...ISSUER,
        cnf: { 'x5t#S256': thumbprint(certs.pem(boundTo)) },
      }),
    call: (token, headers) => ask({ socketPath: socket }, token, headers),
  }
}

export function ask(
  where: { readonly socketPath: string } | { readonly host: string; readonly port: number },
  token: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...where,
        path: PATH,
        agent: false,
        headers: {
          host: 'api.bank.example',
          authorization: `Bearer ${token}`,
          'x-fapi-customer-ip-address': '203.0.113.7',
          ...Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [
              name,
              typeof value === 'string' ? value : [...value],
            ]),
          ),
        },
      },
      (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => {
          const { code = '' } = JSON.parse(text) as { readonly code?: string } // sound: a member of the answer or none
          resolve(`${response.statusCode ?? 0} ${code}`.trim())
        })
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

function thumbprint(pem: string): string {
  const [der = new Uint8Array()] = readPem('CERTIFICATE', pem) ?? []
  const read = readCertificate(der)
  assert.ok(read.ok)
  return read.certificate.thumbprint
}
/** RFC 9440 §2.1. */
export function clientCert(pem: string): string {
  const [der = new Uint8Array()] = readPem('CERTIFICATE', pem) ?? []
  return `:${Buffer.from(der).toString('base64')}:`
}
