/**
 * TEST RUNS ONLY: a customer who answers by itself, for the clients that are named and no others. In a browser at once; on its device soon after
 * it is told to (`POST /automatic-device?auth_req_id=…&action=allow`), as the OpenID conformance suite does. The production profile refuses the
 * configuration that makes it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Scheduler } from '../lib/index.ts'
import type { Decoupled, DecoupledDesk, DecoupledDevice } from './decoupled.ts'

export interface AutomaticCustomer {
  readonly subject: string
  /** How it is said to have been authenticated. */
  readonly acr: string
  readonly approves: ReadonlySet<string>
  readonly refuses: ReadonlySet<string>
}

export const AUTOMATIC_DEVICE = '/automatic-device'
const AMR = ['automatic']

/** A person takes longer. The suite has to be waiting again when it is told of an answer (CIBA ping), and takes it for a mistake before. */
export const ANSWERS_AFTER_MS = 2_000

/** The device of this customer; it answers when it is told to, so that a run can see a request wait and expire. */
export const automaticDevice =
  (
    { subject, acr, approves, refuses }: AutomaticCustomer,
    { scheduler, say }: { readonly scheduler: Scheduler; readonly say: (failure: unknown) => void },
  ): DecoupledDevice =>
  ({ desk }): Decoupled => ({
    subjectOf: (hint) => Promise.resolve(hint === subject ? subject : undefined),
    // Nobody has to be reached.
    ask: () => Promise.resolve(),
    serve(request, response) {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'https://device.invalid')
      if (pathname !== AUTOMATIC_DEVICE) return false
      void told(desk, request, searchParams).then(
        (status) => reply(response, status),
        () => reply(response, 500),
      )
      return true

      async function told(
        { find, approve, refuse }: DecoupledDesk,
        { method }: IncomingMessage,
        query: URLSearchParams,
      ): Promise<number> {
        if (method !== 'POST') return 405
        const action = query.get('action')
        const found = await find(query.get('auth_req_id') ?? '')
        if (found === undefined || found.subject !== subject) return 404
        if (!approves.has(found.client) && !refuses.has(found.client)) return 404
        if (action !== 'allow' && action !== 'deny') return 400
        const denies = action === 'deny' || refuses.has(found.client)
        scheduler.after(ANSWERS_AFTER_MS, () => {
          const said = denies ? refuse(found.id) : approve(found.id, { acr, amr: AMR })
          said.catch(say)
        })
        return 200
      }
    },
  })

function reply(response: ServerResponse, status: number): void {
  const done = status === 200
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify({ done }))
}
