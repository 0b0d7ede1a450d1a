/** The step between login and consent in which the customer authenticates strongly, where the decision says so or the third party asks for it. */
import type { Payload } from 'oidc-provider'
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import type { Answer } from '../../sca/index.ts'
import { askedBy, askedNow, askedOf, type AskedState, deskOf, WHY } from './asked-step.ts'
import type { Strong, StrongAsked } from './strong.ts'
import { FIELD_KINDS, refusedPage, strongPage, type StrongPage } from './strong-page.ts'

/** What the step does with one request of the browser. */
export type StrongStep =
  /** To be merged into what the interaction ends with. */
  | {
      readonly kind: 'passed'
      readonly result: Payload
      /** On its page; exempt, there was none. */
      readonly told: boolean
    }
  | {
      readonly kind: 'page'
      readonly status: number
      readonly content: ReturnType<typeof strongPage>
    }
  /** Something was asked: what a browser loads again asks nothing. */
  | { readonly kind: 'goes'; readonly to: string }
  /** The third party is told; `error` as OpenID Connect names it. */
  | { readonly kind: 'ended'; readonly error: string; readonly why: string }

export interface StrongTurn
  extends StrongAsked, Omit<StrongPage, 'presentation' | 'failed' | 'consent' | 'passkeys'> {
  readonly params: Payload
  /** How the login went. */
  readonly login: { readonly acr?: string | undefined }
  /** From where the browser calls. */
  readonly network: string
  /** Of the address: the page of a transaction that was asked about. */
  readonly query: URLSearchParams
}

export async function strongStep(
  strong: Strong,
  turn: StrongTurn,
  form: URLSearchParams | undefined,
): Promise<StrongStep> {
  const { essential, voluntary } = acrsIn(turn.params)
  const reached = new Set([strong.acr, turn.login.acr ?? ''])
  if (essential.length > 0 && !essential.some((acr) => reached.has(acr)))
    return {
      kind: 'ended',
      error: 'unmet_authentication_requirements',
      why: 'customers cannot be authenticated in the way that was asked for',
    }
  const enough = (list: readonly string[]): boolean =>
    list.length === 0 || (turn.login.acr !== undefined && list.includes(turn.login.acr))
  const wanted =
    [...essential, ...voluntary].includes(strong.acr) && !(enough(essential) && enough(voluntary))
  const need = await strong.need(turn, wanted)
  if (need === 'refused')
    return { kind: 'ended', error: 'access_denied', why: 'the bank does not allow it' }
  if (need === 'exempt')
    return { kind: 'passed', told: false, result: { sca: { outcome: 'exempt' } } }

  const desk = deskOf(strong, turn)
  const { id, by } = askedOf(form ?? turn.query)
  const fresh = { status: 200, failed: undefined }
  if (id === '' || (form === undefined && by === undefined)) return ask(fresh)
  if (form === undefined) return ask(fresh, id)
  const told = await askedBy(desk, turn.path, form)
  if (told !== undefined)
    return 'to' in told ? { kind: 'goes', to: told.to } : ask(told, told.again)
  const outcome = await strong.verify(turn, { ...answersIn(form), network: turn.network })
  switch (outcome.kind) {
    case 'done':
      return {
        kind: 'passed',
        told: true,
        result: {
          sca: { outcome: 'authenticated' },
          login: {
            accountId: turn.subject,
            acr: strong.acr,
            amr: outcome.amr,
            ts: Math.floor(outcome.at / 1000),
            remember: false,
          },
        },
      }
    case 'failed':
    case 'blocked':
      return ask({ status: 403, failed: WHY[outcome.kind] }, id)
    case 'over':
      return ask({ status: 409, failed: WHY[outcome.kind] }, id)
    default:
      return outcome satisfies never
  }

  async function ask(state: AskedState, again?: string): Promise<StrongStep> {
    const now = await askedNow(desk, { ...state, again, by, query: turn.query })
    if (now.kind === 'refused') return { kind: 'page', status: 403, content: refusedPage(turn) }
    if (now.kind === 'none')
      return { kind: 'ended', error: 'access_denied', why: 'it cannot be shown to the customer' }
    const { status, presentation, view, failed } = now
    const { passkeys } = strong
    const content = strongPage({ ...turn, presentation, passkeys, view, failed })
    return { kind: 'page', status, content }
  }
}

/** What the customer answered, and about which transaction: what was typed, or what a passkey signed, which is an answer of its own. */
export function answersIn(form: URLSearchParams): {
  readonly id: string
  readonly answers: readonly Answer[]
} {
  const id = form.get('transaction') ?? ''
  const signed = form.get('passkey') ?? ''
  if (signed !== '') return { id, answers: [{ kind: 'passkey', value: jsonIn(signed) }] }
  const typed = FIELD_KINDS.flatMap((kind) => {
    const value = form.get(kind)
    return value === null || value === '' ? [] : [{ kind, value }]
  })
  // What the device said is with the transaction, and never on the page.
  const answered: readonly Answer[] =
    form.get('approval') === 'answered' ? [{ kind: 'approval', value: null }] : []
  return { id, answers: [...typed, ...answered] }
}
/** What is no JSON is no answer, and judged as one that is wrong. */
export function jsonIn(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue // sound: JSON it is, or it throws
  } catch {
    return null
  }
}

/** OpenID Connect Core §3.1.2.1 and §5.5.1.1. */
function acrsIn(params: Payload): {
  readonly essential: readonly string[]
  readonly voluntary: readonly string[]
} {
  const values = params['acr_values']
  const voluntary = typeof values === 'string' ? values.split(' ') : []
  const claim = acrClaim(params['claims'])
  if (claim === undefined) return { essential: [], voluntary }
  const { value, values: several } = claim
  const list = [value, ...(Array.isArray(several) ? (several as readonly JsonValue[]) : [])]
  const named = list.filter((one) => typeof one === 'string')
  return claim['essential'] === true
    ? { essential: named, voluntary }
    : { essential: [], voluntary: [...voluntary, ...named] }
}

function acrClaim(claims: unknown) {
  if (typeof claims !== 'string') return undefined
  const read = JSON.parse(claims) as JsonValue // sound: the library has checked that it is JSON
  const token = isJsonObject(read) ? read['id_token'] : undefined
  const acr = token !== undefined && isJsonObject(token) ? token['acr'] : undefined
  return acr !== undefined && isJsonObject(acr) ? acr : undefined
}
