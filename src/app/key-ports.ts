/** Where the keys of issuers come from: a file, or a URL asked without redirects, with a deadline and a cap. */
import { readFile } from 'node:fs/promises'
import type { IntrospectionPorts, KeyPorts } from '../proof/index.ts'
import { guardedRequest } from './guarded-request.ts'

export const keyPorts: KeyPorts = {
  readText: (file) => readFile(file, 'utf8'),
  async fetchText(url, limits) {
    const headers = { accept: 'application/jwk-set+json, application/json' }
    const answer = await guardedRequest(url, { method: 'GET', headers, ...limits })
    if (answer.status === 200) return answer.text()
    // 206 is a part of a set, 204 is none: only 200 is the set itself.
    answer.discard()
    throw new Error(`status ${answer.status}`)
  },
}

export const introspectionPorts: IntrospectionPorts = {
  async post(url, options) {
    const { status, mediaType, text } = await guardedRequest(url, { method: 'POST', ...options })
    return { status, mediaType, text: await text() }
  },
}
