/** How a fault is written down, and which requests can have it. */
import type { Wire } from '../rules/wire.ts'
import type { Recipe } from '../recipe.ts'
import type { World } from '../world.ts'

export interface Around {
  readonly world: World
  readonly now: number
  readonly one: <T>(...list: readonly T[]) => T
  /** Nonces that the gateway handed out, the newest last. */
  readonly nonces: readonly string[]
  /** What was sent before, the newest last. */
  readonly sent: readonly Sent[]
}
export interface Sent {
  readonly recipe: Recipe
  readonly wire: Wire
  readonly jti: string
}
export interface Fault {
  readonly name: string
  readonly fits: (recipe: Recipe) => boolean
  readonly change: (recipe: Recipe, around: Around) => void
}

export const fault = (name: string, fits: Fault['fits'], change: Fault['change']): Fault => ({
  name,
  fits,
  change,
})
export const always = (): boolean => true
export const withToken = ({ token }: Recipe): boolean => token !== null
export const withProof = ({ token, proof, bound }: Recipe): boolean =>
  token !== null && proof !== null && (bound === 'key' || bound === 'both')
export const withSignature = ({ signature }: Recipe): boolean => signature !== null
export const withBody = ({ body }: Recipe): boolean => body !== undefined
export const pays = ({ operation }: Recipe): boolean => operation === 'CreateDomesticPayments'
export const keyed = ({ idempotencyKey }: Recipe): boolean => idempotencyKey !== null
export const ofApi = ({ api }: Recipe): boolean => api === 'accounts' || api === 'payments'
export const seconds = (now: number): number => Math.floor(now / 1000)
