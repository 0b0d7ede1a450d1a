/**
 * The keys behind signed answers. The first signs, the others are only published, so that a third party knows a key before its first
 * signature and after its last; a reload takes over what the configuration says then.
 */
import type { AnswerSigningConfig, GatehouseConfig } from '../config/index.ts'
import type { AnswerSigner } from '../gateway/core/index.ts'
import { publicKeySet, readSigningKey } from './signing-key.ts'

/** @throws GH_GATEWAY_SIGNING_KEY, GH_CONFIG_SECRET_REFERENCE: without its key nothing starts */
export function answerSigner(config: AnswerSigningConfig): AnswerSigner {
  const { issuer, trustAnchor } = config
  const [first] = keysOf(config)
  if (first === undefined) throw new TypeError('the configuration asks for one key at least')
  return { kid: first.id, issuer, trustAnchor, sign: (input) => first.sign(input) }
}

/** The public half, for the directory. @throws as above */
export function answerKeySet({
  answerSigning,
}: Pick<GatehouseConfig, 'answerSigning'>): ReturnType<typeof publicKeySet> {
  return publicKeySet(answerSigning === null ? [] : keysOf(answerSigning))
}

function keysOf({ keys }: AnswerSigningConfig): ReturnType<typeof readSigningKey>[] {
  return keys.map((ref) => readSigningKey(ref, ['PS256']))
}
