/** Where the keys of issuers come from: a file, or a URL asked without redirects, with a deadline and a cap. */
import { readFile } from 'node:fs/promises'
import type { IntrospectionPorts, KeyPorts } from '../proof/index.ts'

export const keyPorts: KeyPorts = {
  readText: (file) => readFile(file, 'utf8'),
  async fetchText(url, { timeoutMs, maxBytes }) {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: 'application/jwk-set+json, application/json' },
    })
    // 206 is a part of a set, 204 is none: only 200 is the set itself.
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    return bodyOf(response, maxBytes)
  },
}

export const introspectionPorts: IntrospectionPorts = {
  async post(url, { headers, body, timeoutMs, maxBytes }) {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers,
      body,
    })
    const mediaType = (response.headers.get('content-type') ?? '').split(';', 1)[0] ?? ''
    return {
      status: response.status,
      mediaType: mediaType.trim().toLowerCase(),
      text: await bodyOf(response, maxBytes),
    }
  },
}

async function bodyOf(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error(`more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
}
