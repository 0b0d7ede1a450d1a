/** What a page sends back: read with a limit, and believed only when it comes from our own page. */
import type { IncomingMessage } from 'node:http'
import { timingSafeEqual } from 'node:crypto'
import type { Sealing } from '../sealing.ts'

export const MAX_FORM_BYTES = 16_384

/** `undefined`: no form, or too large a one. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_FORM_BYTES) return undefined
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

/** Of the address. */
export const queryOf = ({ url = '' }: IncomingMessage): URLSearchParams =>
  new URLSearchParams(url.split('?')[1] ?? '')

/** For the page of one interaction or login: nobody else can make it. */
export const formToken = (sealing: Sealing, of: string): string => sealing.hashed('form', of)

/** A browser says where a form comes from; whoever does not say it has to know the token, and so has everybody. */
export function isOurs(
  request: IncomingMessage,
  form: URLSearchParams,
  expected: string,
  origin: string,
): boolean {
  const { origin: from, 'sec-fetch-site': site } = request.headers
  if (from !== undefined && from !== origin) return false
  if (site !== undefined && site !== 'same-origin') return false
  const given = Buffer.from(form.get('form') ?? '')
  const want = Buffer.from(expected)
  return given.length === want.length && timingSafeEqual(given, want)
}
