/**
 * Whose a token is that says nothing itself. It is shown to its issuer and to nobody else: by how it begins, else by whose tokens the API takes.
 * Where both leave several, nobody is asked, unless each of them is configured to see the tokens of the others.
 */
import type { TokenJudgement } from './access-token.ts'
import type { Introspection } from './introspection.ts'

export interface OpaqueTokens {
  /** `accepted`: whose tokens are taken; absent: it is not said. */
  judge(
    token: string,
    accepted: readonly string[] | undefined,
  ): TokenJudgement | Promise<TokenJudgement>
}

export interface AskedIssuer extends Introspection {
  readonly issuer: string
  readonly tokenPrefix?: string
  readonly tryInOrder?: true
}

const NO_TOKEN: TokenJudgement = { ok: false, code: 'GH_GATEWAY_TOKEN_MALFORMED' }
const NOBODY: TokenJudgement = { ok: false, code: 'GH_GATEWAY_TOKEN_ISSUER' }
const INACTIVE = 'GH_GATEWAY_TOKEN_INACTIVE'

/** In the order in which they are asked, if more than one is. */
export function opaqueTokens(asked: readonly AskedIssuer[]): OpaqueTokens {
  const plain = asked.filter(({ tokenPrefix }) => tokenPrefix === undefined)
  return {
    judge(token, accepted) {
      const taken = ({ issuer }: AskedIssuer): boolean => accepted?.includes(issuer) ?? true
      const owner = asked.find(
        ({ tokenPrefix }) => tokenPrefix !== undefined && token.startsWith(tokenPrefix),
      )
      // Known to be another's: not even the issuer is told that it was brought here.
      if (owner !== undefined) return taken(owner) ? owner.judge(token) : NOBODY
      const [first, ...others] = plain.filter(taken)
      if (first === undefined) return NO_TOKEN
      if (others.length === 0) return first.judge(token)
      const all = [first, ...others]
      return all.every(({ tryInOrder }) => tryInOrder === true) ? inOrder(all, token) : NOBODY
    },
  }
}

/** The first that knows it. One that cannot be asked may be the one whose it is: then it is not known whether it means anything. */
async function inOrder(issuers: readonly AskedIssuer[], token: string): Promise<TokenJudgement> {
  let last: TokenJudgement = { ok: false, code: INACTIVE }
  for (const issuer of issuers) {
    const judgement = await issuer.judge(token)
    if (judgement.ok) return judgement
    if (judgement.code === INACTIVE) continue
    if (judgement.code !== 'GH_GATEWAY_TOKEN_UNCHECKED') return judgement
    last = judgement
  }
  return last
}
