/**
 * `/sca/v1`: strong authentication without OAuth's journeys, for the bank's own app, a merchant or a terminal's back end: decide, create a
 * transaction, present it, verify the answers, take the code, redeem it, settle; and what devices are asked, for whoever speaks to them. Its document is `docs/openapi/sca-v1.json`. Who calls is a client of
 * the configuration with a token of its own (private_key_jwt or a certificate), bound to it; a transaction is its creator's, and to anybody else it is not there.
 */
import {
  type ErrorCode,
  errorEntry,
  GatehouseError,
  type JsonObject,
  type Result,
} from '../../lib/index.ts'
import type {
  DeviceDesk,
  FactorKind,
  Presentation,
  ScaLedger,
  ScaRefusal,
  ScaRegisters,
  TransactionDesk,
} from '../../sca/index.ts'
import type { CallRefused, Face, FaceAnswer, FaceRequest, Operation } from '../consents/face.ts'
import { type Fault, type Shape, textAt } from '../consents/shape.ts'
import type { Evidence } from '../evidence.ts'
import {
  actOf,
  ANSWERS,
  answersOf,
  DECISION,
  DEVICE_ANSWER,
  isFault,
  purposeOf,
  QUESTION,
  REDEMPTION,
  SETTLEMENT,
  TRANSACTION,
} from './sca-bodies.ts'
import { registerRoutes } from './sca-registers.ts'

const SCA_ROOT = '/sca/v1/'
const SCA_SCOPE = 'sca'
/** draft-ietf-httpapi-idempotency-key-header; with its quotes or without, as it came. */
const KEY_HEADER = 'idempotency-key'
const KEY = /^[!-~]{1,255}$/
/** A batch of a thousand payments. */
const MAX_BODY_BYTES = 1_048_576

export interface ScaResourceOptions {
  readonly transactions: TransactionDesk
  readonly devices: Pick<DeviceDesk, 'question' | 'answer'>
  readonly ledger: Pick<ScaLedger, 'decide' | 'settle'>
  /** `client_id`s of the bank's own; a third party that registered is none of them. */
  readonly callers: Pick<ReadonlySet<string>, 'has'>
  readonly registers: ScaRegisters
  readonly evidence: Pick<Evidence, 'write'>
  /** Of what was answered with 503: its detail is for the bank's people. */
  readonly say: (error: unknown) => void
}
/** Seconds after which it is worth asking again; a service of the bank that failed is not asked for as long (`bank-service.ts`). */
const RETRY_SECONDS: ReadonlyMap<ErrorCode, number> = new Map([
  ['GH_SCA_BUSY', 1],
  ['GH_SCA_BANK_UNREACHABLE', 10],
])
interface Route {
  readonly method: 'GET' | 'POST'
  /** Below the root; `{id}` is any one segment. */
  readonly path: string
  readonly body?: Shape
  /** Absent: `sca`. */
  readonly scope?: string
  run(request: FaceRequest, id: string): Promise<FaceAnswer>
}

const REFUSALS: Readonly<Record<CallRefused, readonly [number, string]>> = {
  token: [401, 'A token of a client of the bank, bound to it, is needed'],
  scope: [403, 'The token has not the scope that this needs'],
  'not-found': [404, 'There is no such resource'],
  method: [405, 'The resource has no such method'],
  'media-type': [415, 'The body must be application/json in UTF-8'],
  body: [400, 'The body must be one JSON object, with each member once'],
  'too-large': [413, 'The body is too large'],
  busy: [429, 'Too much is going on'],
  failed: [500, 'It could not be done'],
}

export function scaResources(options: ScaResourceOptions): Pick<
  Face,
  'name' | 'root' | 'maxBodyBytes' | 'route' | 'refusal' | 'headers'
> & {
  readonly routes: readonly Route[]
} {
  const routes = routesOf(options)
  return {
    name: 'sca/v1',
    root: SCA_ROOT,
    maxBodyBytes: MAX_BODY_BYTES,
    routes,
    route(method, path) {
      const here = routes.filter((route) => fits(route.path.split('/'), path))
      const found = here.find((route) => route.method === method)
      if (found === undefined) return here.length === 0 ? undefined : here.map((one) => one.method)
      return operation(options, found, idIn(found.path.split('/'), path))
    },
    refusal(why) {
      const [status, title] = REFUSALS[why]
      const answer = problem({ status, title })
      const more = why === 'token' ? { 'www-authenticate': 'DPoP' } : {}
      return { ...answer, headers: { ...answer.headers, ...more } }
    },
    headers: () => ({}),
  }
}

function operation({ callers, say }: ScaResourceOptions, route: Route, id: string): Operation {
  return {
    scopes: [route.scope ?? SCA_SCOPE],
    takesBody: route.body !== undefined,
    async run(request) {
      if (!callers.has(request.client)) return problem({ status: 403, title: REFUSALS.scope[1] })
      const fault = route.body?.(request.body, '')
      if (fault !== undefined) return faulty(fault)
      try {
        return await route.run(request, id)
      } catch (error) {
        if (!(error instanceof GatehouseError)) throw error
        if (error.status < 500) return problemOf(error.code)
        if (error.status !== 503) throw error
        say(error)
        return unavailable(error.code)
      }
    },
  }
}

function routesOf(options: ScaResourceOptions): readonly Route[] {
  const { transactions, devices, ledger } = options
  /** What is another's is not there. */
  async function own(
    { client }: FaceRequest,
    id: string,
  ): Promise<Result<Presentation, ScaRefusal>> {
    const found = await transactions.present(id)
    if (!found.ok || found.value.client === client) return found
    return { ok: false, error: { code: 'GH_SCA_TRANSACTION_UNKNOWN' } }
  }
  const namesIn = ({ body, client }: FaceRequest) => {
    const consentId = textAt(body, 'consentId')
    const subject = textAt(body, 'subject')
    return { subject, client, ...(consentId === '' ? {} : { consentId }) }
  }

  return [
    {
      method: 'POST',
      path: 'decisions',
      body: DECISION,
      async run({ body, client }) {
        const [id, subject] = [textAt(body, 'id'), textAt(body, 'subject')]
        const act = actOf(body)
        if (!act.ok) return problemOf('GH_SCA_ACCOUNT', { faults: act.error })
        const { why: _, ...answer } = await ledger.decide({ id, subject, client, act: act.value })
        return { status: 200, body: plain(answer) }
      },
    },
    {
      method: 'POST',
      path: 'decisions/{id}/settlement',
      body: SETTLEMENT,
      async run({ body, client }, id) {
        const outcome = await ledger.settle(id, body['as'] === 'done' ? 'done' : 'void', client)
        if (outcome === 'settled' || outcome === 'already')
          return { status: 200, body: { outcome } }
        return outcome === 'unknown'
          ? problem({ status: 404, title: 'There is no such decision' })
          : problem({ status: 409, title: SETTLED[outcome] })
      },
    },
    {
      method: 'POST',
      path: 'transactions',
      body: TRANSACTION,
      async run(request) {
        const purpose = purposeOf(request.body)
        if (isFault(purpose)) return faulty(purpose)
        const audience = textAt(request.body, 'audience')
        const decisionId = textAt(request.body, 'decisionId')
        const key = request.header(KEY_HEADER)
        if (key !== undefined && !KEY.test(key))
          return faulty({ path: KEY_HEADER, kind: 'invalid' })
        const made = await transactions.create(
          {
            ...namesIn(request),
            ...(decisionId === '' ? {} : { decisionId }),
            audience,
            purpose,
          },
          key,
        )
        if (!made.ok) return refusedBy(made.error)
        const headers = { location: `${SCA_ROOT}transactions/${made.value.id}` }
        return { status: 201, headers, body: plain(made.value) }
      },
    },
    {
      method: 'GET',
      path: 'transactions/{id}',
      async run(request, id) {
        const found = await own(request, id)
        return found.ok ? { status: 200, body: plain(found.value) } : refusedBy(found.error)
      },
    },
    {
      method: 'POST',
      path: 'transactions/{id}/questions',
      body: QUESTION,
      async run(request, id) {
        const found = await own(request, id)
        const kind = textAt(request.body, 'kind') as FactorKind // sound: the desk knows which there are
        const asked = found.ok ? await transactions.ask(id, kind) : found
        return asked.ok ? { status: 200, body: asked.value } : refusedBy(asked.error)
      },
    },
    {
      method: 'POST',
      path: 'transactions/{id}/answers',
      body: ANSWERS,
      async run(request, id) {
        const found = await own(request, id)
        if (!found.ok) return refusedBy(found.error)
        const network = textAt(request.body, 'network')
        const verified = await transactions.verify({
          id,
          network,
          answers: answersOf(request.body),
        })
        if (!verified.ok) return refusedBy(verified.error)
        const { verifiedAt, factors } = verified.value
        return {
          status: 200,
          body: plain({ verifiedAt, factors: factors.map(({ kind }) => kind) }),
        }
      },
    },
    {
      method: 'POST',
      path: 'transactions/{id}/refusal',
      async run(request, id) {
        const found = await own(request, id)
        const refused = found.ok ? await transactions.refuse(id) : found
        return refused.ok ? { status: 204 } : refusedBy(refused.error)
      },
    },
    {
      method: 'POST',
      path: 'transactions/{id}/code',
      async run({ client }, id) {
        const verified = await transactions.verified(id, client)
        const issued = verified.ok ? await transactions.issue(verified.value) : verified
        return issued.ok ? { status: 201, body: plain(issued.value) } : refusedBy(issued.error)
      },
    },
    // Whoever speaks to the customer's devices need not have created it: only a device of his can answer, and its id is known to whom it was pushed.
    {
      method: 'GET',
      path: 'approvals/{id}',
      async run(_, id) {
        const found = await devices.question(id)
        return found.ok ? { status: 200, body: plain(found.value) } : refusedBy(found.error)
      },
    },
    {
      method: 'POST',
      path: 'approvals/{id}',
      body: DEVICE_ANSWER,
      async run({ body }, id) {
        const said = await devices.answer(id, textAt(body, 'signed'))
        return said.ok ? { status: 200, body: { decision: said.value } } : refusedBy(said.error)
      },
    },
    {
      method: 'POST',
      path: 'redemptions',
      body: REDEMPTION,
      async run(request) {
        const { body } = request
        const purpose = purposeOf(body)
        if (isFault(purpose)) return faulty(purpose)
        const [code, expectedAudience] = [textAt(body, 'code'), textAt(body, 'audience')]
        const of = { ...namesIn(request), code, expectedAudience, purpose }
        const redeemed = await transactions.redeem(of)
        if (!redeemed.ok) return refusedBy(redeemed.error)
        const { transaction, verifiedAt, factors } = redeemed.value
        const kinds = factors.map(({ kind }) => kind)
        return { status: 200, body: plain({ id: transaction.id, verifiedAt, factors: kinds }) }
      },
    },
    ...registerRoutes(options, refusedBy),
  ]
}

const SETTLED = {
  unauthenticated: 'It is neither exempt nor authenticated, and may not be done',
  contradicted: 'It was settled the other way before',
} as const

function refusedBy({ code, ...more }: ScaRefusal): FaceAnswer {
  const { retryAt } = more
  const answer = problemOf(code, more)
  if (retryAt === undefined) return answer
  // RFC 9110 §10.2.3, as a date: no clock of ours is needed.
  const headers = { ...answer.headers, 'retry-after': new Date(retryAt).toUTCString() }
  return { ...answer, headers }
}
function problemOf(code: ErrorCode, more: object = {}): FaceAnswer {
  const { status, title } = errorEntry(code)
  return problem({ status, title, code, ...more })
}
/** Named only where it is of strong authentication: of what else there is behind it a client hears nothing. */
function unavailable(code: ErrorCode): FaceAnswer {
  const seconds = RETRY_SECONDS.get(code)
  if (seconds === undefined) return problem({ status: 503, title: 'It cannot be done at present' })
  const answer = problemOf(code)
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } }
}
function faulty({ path, kind }: Fault): FaceAnswer {
  return problemOf('GH_SCA_TRANSACTION_INVALID', { faults: [{ path, reason: kind }] })
}
/** RFC 9457. */
function problem(members: {
  readonly status: number
  readonly title: string
  readonly code?: ErrorCode
}): FaceAnswer {
  const headers = { 'content-type': 'application/problem+json' }
  return { status: members.status, headers, body: plain({ type: 'about:blank', ...members }) }
}

/** As JSON has it: what is absent is not there. */
function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject // sound: an object of JSON values
}

function fits(template: readonly string[], path: readonly string[]): boolean {
  return (
    template.length === path.length &&
    template.every((segment, at) => segment === '{id}' || segment === path[at])
  )
}
function idIn(template: readonly string[], path: readonly string[]): string {
  return path[template.indexOf('{id}')] ?? ''
}
