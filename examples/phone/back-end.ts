/**
 * The back end of the bank's app: it hears from Gatehouse that a device is to be asked (`sca.push` of the file), gives the phone what it is to show,
 * and brings back what it signed (`/sca/v1/approvals`). It knows no number, and can approve nothing by itself.
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { ScaCalls } from '../bank/sca.ts'

export interface PhoneBackEnd {
  readonly listener: RequestListener
  /** As the bank's push service hears it: `{devices, transaction}`. */
  pushed(transaction: string): void
}

/** How a device is enrolled is the bank's: with a code that it sent by another way (RTS Art. 24). */
export interface DeviceEnrolment {
  begin(): Promise<{ readonly challenge: string }>
  /** `undefined`: the proof was not right. */
  finish(of: Readonly<Record<string, unknown>>): Promise<{ readonly id: string } | undefined>
}

const MAX_BODY_CHARS = 16_384
const FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map(
  (
    [
      ['/', 'phone.html', 'text/html; charset=utf-8'],
      ['/phone.js', 'phone.js', 'text/javascript; charset=utf-8'],
    ] as const
  ).map(([path, file, type]) => [
    path,
    { type, text: readFileSync(join(import.meta.dirname, file), 'utf8') },
  ]),
)
const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Of one customer, who is logged in to his app. */
export function phoneBackEnd(sca: ScaCalls, enrolment: DeviceEnrolment): PhoneBackEnd {
  let waiting = ''

  async function answer(request: IncomingMessage): Promise<object | undefined> {
    switch (`${request.method ?? ''} ${request.url ?? ''}`) {
      case 'POST /enrolment':
        return enrolment.begin()
      case 'PUT /enrolment':
        return enrolment.finish(await bodyOf(request))
      case 'GET /question': {
        const { status, body } = await sca.get(`/approvals/${waiting}`)
        return status === 200 ? body : undefined
      }
      case 'POST /answer': {
        const { id, signed } = await bodyOf(request)
        if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id)) return undefined
        const { status, body } = await sca.post(`/approvals/${id}`, { signed })
        return status === 200 ? body : undefined
      }
      default:
        return undefined
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = request.method === 'GET' ? FILES.get(request.url ?? '') : undefined
    if (file !== undefined) {
      response.writeHead(200, { 'content-type': file.type, 'content-security-policy': POLICY })
      return void response.end(file.text)
    }
    const said = await answer(request).catch(() => undefined)
    response.writeHead(said === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(said ?? {}))
  }

  return {
    listener: (request, response) => void serve(request, response),
    pushed: (transaction) => void (waiting = transaction),
  }
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > MAX_BODY_CHARS) throw new RangeError('too large')
  }
  const body: unknown = JSON.parse(text)
  // Sound: an object of unknowns.
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
}
