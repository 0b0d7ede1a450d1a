/** The step between login and consent in which the customer authenticates strongly, where the decision says so or the third party asks for it. */
import type { Payload } from 'oidc-provider'
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import type { Answer, ScreenState } from '../../sca/index.ts'
import type { Message } from '../screens/english.ts'
import { type AskedKind, askedKind, askedPath, type AskedView } from './asked-part.ts'
import type { Strong, StrongAsk, StrongAsked, StrongOutcome } from './strong.ts'
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

  const said = form ?? turn.query
  const id = said.get('transaction') ?? ''
  const by = askedKind(said.get('by'))
  const wants = askedKind(form?.get('ask'))
  if (id === '' || (form === undefined && by === undefined)) return ask(200, undefined)
  if (form === undefined) return ask(200, undefined, id)
  if (wants !== undefined) {
    const became = await strong.ask(turn, id, wants)
    if (became === 'asked') return { kind: 'goes', to: askedPath(turn.path, id, wants) }
    const [status, why] = NOT_ASKED[became]
    return ask(status, why, id)
  }
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
      return ask(403, WHY[outcome.kind], id)
    case 'over':
      return ask(409, WHY[outcome.kind], id)
    default:
      return outcome satisfies never
  }

  /** The same transaction as long as it is open, or another. */
  async function ask(
    status: number,
    failed: Message | undefined,
    again?: string,
  ): Promise<StrongStep> {
    const screen = again === undefined ? undefined : await strong.screen(turn, again)
    if (screen?.state === 'refused')
      return { kind: 'page', status: 403, content: refusedPage(turn) }
    const open = screen?.state === 'open' && again !== undefined
    const before = open ? await strong.present(turn, again) : undefined
    const presentation = before ?? (await strong.begin(turn))
    if (presentation === undefined)
      return { kind: 'ended', error: 'access_denied', why: 'it cannot be shown to the customer' }
    const { passkeys } = strong
    const view =
      before === undefined || screen === undefined ? undefined : viewOf(screen, by, turn.query)
    // Its time is over, or another question took its place.
    const late = again !== undefined && before === undefined && failed === undefined
    return {
      kind: 'page',
      status: late ? 409 : status,
      content: strongPage({
        ...turn,
        presentation,
        passkeys,
        view,
        failed: late ? WHY.over : failed,
      }),
    }
  }
}

const NOT_ASKED = {
  'too-often': [429, 'askTooOften'],
  unable: [503, 'askUnable'],
  over: [409, 'strongOver'],
} as const satisfies Readonly<Record<Exclude<StrongAsk, 'asked'>, readonly [number, Message]>>

/** Nothing is shown of what was not asked. */
function viewOf(
  screen: ScreenState,
  kind: AskedKind | undefined,
  query: URLSearchParams,
): AskedView | undefined {
  if (kind === undefined) return undefined
  const was = kind === 'approval' ? screen.number !== undefined : screen.sent
  return was ? { kind, screen, looked: query.has('looked') } : undefined
}

export const WHY: Readonly<Record<Exclude<StrongOutcome['kind'], 'done'>, Message>> = {
  failed: 'strongFailed',
  blocked: 'strongBlocked',
  over: 'strongOver',
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
