/**
 * The keys behind signed answers. The first signs, the others are only published, so that a third party knows a key before its first
 * signature and after its last. Files are read again when they change; what cannot be used leaves the keys before in force.
 */
import type { AnswerSigningConfig, GatehouseConfig } from '../config/index.ts'
import type { AnswerSigner } from '../gateway/core/index.ts'
import { publicKeySet, readSigningKey, type SigningKey } from './signing-key.ts'

export interface AnswerKeys extends AnswerSigner {
  /** Why the key as it is now cannot be used; `undefined`: it can. */
  readonly problem: string | undefined
  check(): void
}

/** @throws GH_GATEWAY_SIGNING_KEY, GH_CONFIG_SECRET_REFERENCE: without its key nothing starts */
export function answerSigner(config: AnswerSigningConfig): AnswerKeys {
  const { issuer, trustAnchor } = config
  let first = firstOf(config)
  let problem: string | undefined
  return {
    get kid() {
      return first.id
    },
    issuer,
    trustAnchor,
    sign: (input) => first.sign(input),
    get problem() {
      return problem
    },
    check() {
      try {
        first = firstOf(config)
        problem = undefined
      } catch (error) {
        // Both codes say the place and nothing of what is there.
        problem = error instanceof Error ? error.message : 'the keys of answers cannot be read'
      }
    },
  }
}

/** The public half, for the directory. @throws as above */
export function answerKeySet({
  answerSigning,
}: Pick<GatehouseConfig, 'answerSigning'>): ReturnType<typeof publicKeySet> {
  return publicKeySet(answerSigning === null ? [] : keysOf(answerSigning))
}

/** All of them are read: one that is bad is told of before its turn to sign comes. */
function firstOf(config: AnswerSigningConfig): SigningKey {
  const [first] = keysOf(config)
  if (first === undefined) throw new TypeError('the configuration asks for one key at least')
  return first
}

function keysOf({ keys }: AnswerSigningConfig): readonly SigningKey[] {
  return keys.map((ref) => readSigningKey(ref, ['PS256']))
}
