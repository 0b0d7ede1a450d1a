/**
 * What an access token says of strong customer authentication (PSD2 Art. 97): that the payment was authenticated, or by which exemption it was not, and
 * under which decision the evidence stands. Our authorization server says it so; another one is believed where the file names its claim (`issuers[].claims.sca`).
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/index.ts'

export interface ScaClaim {
  readonly outcome: 'authenticated' | 'exempt'
  readonly decision: string
  readonly exemption?: string
  readonly article?: string
  readonly digest?: string
}

/** Longest text in it: it is recorded, and sent to the bank. */
export const MAX_SCA_TEXT = 200

/** `undefined`: it says nothing that could be read. An exemption without its name is none. */
export function readScaClaim(value: JsonValue | undefined): ScaClaim | undefined {
  if (value === undefined || !isJsonObject(value)) return undefined
  const { outcome } = value
  const decision = textIn(value, 'decision')
  const exemption = textIn(value, 'exemption')
  if (decision === undefined || (outcome !== 'authenticated' && outcome !== 'exempt'))
    return undefined
  if ((outcome === 'exempt') !== (exemption !== undefined)) return undefined
  const article = textIn(value, 'article')
  const digest = textIn(value, 'digest')
  return {
    outcome,
    decision,
    ...(exemption !== undefined && { exemption }),
    ...(article !== undefined && { article }),
    ...(digest !== undefined && { digest }),
  }
}

function textIn(of: JsonObject, name: string): string | undefined {
  const value = of[name]
  return typeof value === 'string' && value !== '' && value.length <= MAX_SCA_TEXT
    ? value
    : undefined
}
