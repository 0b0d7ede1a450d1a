/** The gateway of `gateway-rig.ts` and, over the same core, what answers Envoy: a test plays Envoy or puts one before it. */
import type { TestContext } from 'node:test'
import {
  createResponder,
  type EnvoyListener,
  type Responder,
} from '../../src/gateway/envoy/index.ts'
import type { NodeLimits } from '../../src/gateway/node/index.ts'
import { gatewayRig, type Rig, type RigOptions } from './gateway-rig.ts'
import { type RawAnswer, RawConnection } from './raw-http.ts'
import { unjudgedAnswers } from './unjudged-answers.ts'

export const SECRET = 'the secret that Envoy and Gatehouse share'

export interface ResponderRig extends Rig {
  readonly responder: Responder
  /** Port of the responder. */
  readonly askPort: number
  /** One check on a new connection, as Envoy sends it. `ours: false`: without what shows that it is Envoy. */
  check(target: string, options?: CheckOptions): Promise<RawAnswer>
}
export interface CheckOptions {
  readonly method?: string
  readonly token?: string | null
  readonly headers?: readonly string[]
  readonly body?: string
  readonly secret?: string | null
  readonly listener?: string
}
export interface ResponderRigOptions extends RigOptions {
  readonly listeners?: ReadonlyMap<string, EnvoyListener>
  /** Operations whose answers are judged. */
  readonly judged?: readonly string[]
  readonly responderLimits?: Partial<NodeLimits>
}

export async function responderRig(
  t: TestContext,
  options: ResponderRigOptions = {},
): Promise<ResponderRig> {
  const rig = await gatewayRig(t, {
    ...options,
    replan: (plan) => {
      const asked = options.replan?.(plan) ?? plan
      return unjudgedAnswers(asked, options.judged)
    },
  })
  const listeners = options.listeners ?? new Map([['plain', {}]])
  const responder = createResponder({
    core: rig.core,
    clock: rig.clock,
    scheduler: rig.clock,
    isOurs: (secret) => secret === SECRET,
    listeners: () => listeners,
    limits: options.responderLimits ?? {},
  })
  const { port } = await responder.listen({ host: '127.0.0.1', port: 0 })
  t.after(async () => {
    const closed = responder.close(0)
    rig.clock.advance(1)
    await closed
  })
  const more = {
    responder,
    askPort: port,
    async check(target: string, asked: CheckOptions = {}): Promise<RawAnswer> {
      const {
        method = 'GET',
        token,
        headers = [],
        body = '',
        secret = SECRET,
        listener = 'plain',
      } = asked
      const connection = new RawConnection(port)
      const lines = [
        `${method} /check${target} HTTP/1.1`,
        'host: api.bank.example',
        `content-length: ${Buffer.byteLength(body)}`,
        ...headers,
        `x-gatehouse-listener: ${listener}`,
        'x-gatehouse-peer: 192.0.2.7',
        'x-envoy-internal: true',
        'x-forwarded-proto: http',
      ]
      if (secret !== null) lines.push(`x-gatehouse-secret: ${secret}`)
      if (token !== null) lines.push(`authorization: Bearer ${token ?? rig.token()}`)
      connection.send(`${lines.join('\r\n')}\r\n\r\n${body}`)
      const answer = await connection.answer(method === 'HEAD')
      connection.destroy()
      if (answer === undefined) throw new Error('the responder closed without an answer')
      return answer
    },
  }
  // The members of the rig are getters: they must go on to answer what is.
  return Object.setPrototypeOf(more, rig) as ResponderRig // sound: `more` has the rest
}
