/**
 * The keys behind the signed context. The first signs, the others are only published: a bank knows a key before the first signature of it
 * arrives, and after the last. Files are read again when they change; what cannot be used leaves the keys before in force.
 */
import type { ContextConfig, GatehouseConfig } from '../config/index.ts'
import type { ContextSigner } from '../gateway/core/index.ts'
import { canonicalJson, type JsonObject } from '../lib/index.ts'
import { publicKeySet, readSigningKey, type SigningKey } from './signing-key.ts'

export interface ContextKeys extends ContextSigner {
  readonly keySet: { readonly keys: readonly JsonObject[] }
  /** Why the keys as they are now cannot be used; `undefined`: they can. */
  readonly problem: string | undefined
  check(): void
}

const TYPE = 'gatehouse-context+jwt'

/** @throws GH_GATEWAY_SIGNING_KEY, GH_CONFIG_SECRET_REFERENCE: without a key that signs nothing starts */
export function contextKeys({
  keys: refs,
  header,
  issuer,
  ttlSeconds,
}: ContextConfig): ContextKeys {
  const read = (): readonly SigningKey[] =>
    refs.map((ref) => readSigningKey(ref, ['ES256', 'EdDSA']))
  let keys = read()
  let seal = sealWith(keys)
  let problem: string | undefined
  return {
    header,
    issuer,
    ttlSeconds,
    seal: (claims) => seal(claims),
    get keySet() {
      return publicKeySet(keys)
    },
    get problem() {
      return problem
    },
    check() {
      try {
        const now = read()
        problem = undefined
        if (canonicalJson(publicKeySet(now)) === canonicalJson(publicKeySet(keys))) return
        keys = now
        seal = sealWith(now)
      } catch (error) {
        // Both codes say the place and nothing of what is there.
        problem = error instanceof Error ? error.message : 'the keys of the context cannot be read'
      }
    },
  }
}

/** The public half, for the bank. @throws GH_GATEWAY_SIGNING_KEY, GH_CONFIG_SECRET_REFERENCE */
export function contextKeySet({
  context,
}: Pick<GatehouseConfig, 'context'>): ContextKeys['keySet'] {
  return context === null ? publicKeySet([]) : contextKeys(context).keySet
}

function sealWith([first]: readonly SigningKey[]): (claims: string) => string {
  if (first === undefined) throw new TypeError('the configuration asks for one key at least')
  const head = base64url(JSON.stringify({ alg: first.algorithm, kid: first.id, typ: TYPE }))
  return (claims) => {
    const input = `${head}.${base64url(claims)}`
    return `${input}.${first.sign(input)}`
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
