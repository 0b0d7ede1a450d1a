/** An authorization server at a port of this machine, under the name that it has for others. */
import { request as httpsRequest } from 'node:https'
import { type Ask, ISSUER } from '../identity/client.ts'

/** `fetch` for a name that leads to a port of this machine, with the certificate authority of the test. */
export function askAt(port: number, ca: string): Ask {
  return async (path, init = {}) => {
    const url = new URL(path, ISSUER)
    const sent = new Request(url, { ...init, redirect: 'manual' })
    const body = sent.body === null ? '' : await sent.text()
    const headers = {
      ...Object.fromEntries(sent.headers),
      ...Object.fromEntries(new Headers(init.headers)),
    }
    return new Promise((resolve, reject) => {
      const asked = httpsRequest(
        {
          host: '127.0.0.1',
          port,
          ca,
          servername: 'localhost',
          agent: false,
          method: sent.method,
          path: url.pathname + url.search,
          headers: { ...headers, host: url.host, 'content-length': Buffer.byteLength(body) },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (text += chunk))
          response.on('end', () => {
            const got = new Headers()
            for (const [name, values = []] of Object.entries(response.headersDistinct))
              for (const value of values) got.append(name, value)
            const status = response.statusCode ?? 0
            resolve(
              new Response(status === 204 || status === 303 ? null : text, {
                status,
                headers: got,
              }),
            )
          })
        },
      )
      asked.on('error', reject)
      asked.end(body)
    })
  }
}
