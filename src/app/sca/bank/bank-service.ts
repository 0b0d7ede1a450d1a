/**
 * A service of the bank's own that strong customer authentication asks or tells: POST of JSON to an address of the file. What it says is taken whole or
 * not at all, and goes no further than its reader; who does not answer is not asked for a while, so that nobody waits for it at each payment.
 */
import type { ScaServiceConfig } from '../../../config/index.ts'
import { createBreaker } from '../../../gateway/node/index.ts'
import {
  GatehouseError,
  type JsonObject,
  type JsonValue,
  type Scheduler,
} from '../../../lib/index.ts'
import { guardedRequest } from '../../guarded-request.ts'
import { readSecret } from '../../secrets.ts'
import { issuerIdentities } from '../../transport/upstream-identities.ts'

export interface BankService {
  /** What it answers with 200. @throws GH_SCA_BANK_UNREACHABLE, whatever was the matter */
  ask(question: JsonObject): Promise<JsonValue>
  /** 200, 202 or 204: it is on its way. @throws GH_SCA_BANK_UNREACHABLE */
  tell(message: JsonObject): Promise<void>
}

/** Of an answer, in bytes. */
export const MAX_ANSWER_BYTES = 16_384
/** Failures one after the other, after which it is not asked for a while. */
export const FAILURES = 5
/** Then one is asked. */
export const PAUSE_MS = 10_000

const TOLD: ReadonlySet<number> = new Set([200, 202, 204])

export function bankService(
  /** Of the key of the file. */
  name: string,
  { url, token, tls, timeoutMs }: ScaServiceConfig,
  { scheduler, say }: { readonly scheduler: Scheduler; readonly say: (text: string) => void },
): BankService {
  const identities = issuerIdentities([{ issuer: `sca.${name}`, tls }])
  const breaker = createBreaker({ failures: FAILURES, openMs: PAUSE_MS }, scheduler, (suspended) =>
    say(
      suspended
        ? `sca.${name} does not answer as it should; it is not asked until it does`
        : `sca.${name} answers again`,
    ),
  )

  async function send(body: JsonObject) {
    identities.check()
    const secureContext = identities.of(`sca.${name}`)
    if (tls !== null && secureContext === undefined)
      throw new GatehouseError('GH_GATEWAY_TRUST_FILE', `files of "tls" of sca.${name}`)
    return guardedRequest(url, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${readSecret(token)}` }),
      },
      body: JSON.stringify(body),
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
      ...(secureContext === undefined ? {} : { secureContext }),
    })
  }

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    // The cause goes no further: it may quote the question or the answer.
    if (!breaker.admits()) throw new GatehouseError('GH_SCA_BANK_UNREACHABLE', `sca.${name}`)
    try {
      const said = await work()
      breaker.heard(200)
      return said
    } catch {
      breaker.failed()
      throw new GatehouseError('GH_SCA_BANK_UNREACHABLE', `sca.${name}`)
    }
  }

  return {
    ask: (question) =>
      guarded(async () => {
        const answer = await send(question)
        if (answer.status === 200 && answer.mediaType === 'application/json')
          return JSON.parse(await answer.text()) as JsonValue // sound: JSON is a JSON value
        answer.discard()
        throw new TypeError(`status ${answer.status}`)
      }),
    tell: (message) =>
      guarded(async () => {
        const answer = await send(message)
        answer.discard()
        if (!TOLD.has(answer.status)) throw new TypeError(`status ${answer.status}`)
      }),
  }
}
