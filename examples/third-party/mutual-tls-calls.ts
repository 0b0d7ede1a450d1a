/** A third party's calls over mutual TLS: what it needs is its certificate, its key, and a token that is bound to the certificate. */
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'

export interface MutualTlsCall {
  readonly title: string
  readonly path: string
  /** PEM files; absent: none is sent. */
  readonly certificate?: string
  readonly key?: string
  readonly token: string
}

export interface MutualTlsResult {
  readonly call: MutualTlsCall
  /** 0: the connection ended before there was an answer. */
  readonly status: number
  readonly code: string
  readonly decision: string
}

/** RFC 8705 §3.1: what an authorization server binds a token to. */
export function thumbprintOf(file: string): string {
  const { raw } = new X509Certificate(readFileSync(file))
  return createHash('sha256').update(raw).digest('base64url')
}

/** `authority`: PEM file of whom the third party trusts as the bank's server. */
export function callOverMutualTls(
  origin: string,
  authority: string,
  call: MutualTlsCall,
): Promise<MutualTlsResult> {
  return new Promise((resolve) => {
    const asked = request(
      origin + call.path,
      {
        agent: false,
        ca: readFileSync(authority),
        ...(call.certificate !== undefined && { cert: readFileSync(call.certificate) }),
        ...(call.key !== undefined && { key: readFileSync(call.key) }),
        headers: { authorization: `Bearer ${call.token}` },
      },
      (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => {
          const body = JSON.parse(text) as { readonly code?: string; readonly decision?: string } // sound: read as optional
          const { code = '', decision = '' } = body
          resolve({ call, status: response.statusCode ?? 0, code, decision })
        })
      },
    )
    asked.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ call, status: 0, code: error.code ?? error.message, decision: '' }),
    )
    asked.end()
  })
}
