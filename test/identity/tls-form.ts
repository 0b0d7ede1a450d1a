/** A form over TLS with Node's own client, with a client certificate or without. */
import { request, type RequestOptions } from 'node:https'

export interface FormAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
}
export function sendForm(
  options: RequestOptions,
  form?: Readonly<Record<string, string>>,
): Promise<FormAnswer> {
  return new Promise((resolve, reject) => {
    const body = form === undefined ? '' : new URLSearchParams(form).toString()
    const asked = request(
      {
        ...options,
        agent: false,
        method: form === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...options.headers },
      },
      (response) => {
        let text = ''
        response.on('data', (chunk) => (text += chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            // sound: an object, or nothing that is looked at
            body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
          }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}
