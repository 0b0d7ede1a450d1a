export {
  createTokenVerifier,
  type TokenJudgement,
  type TokenVerifier,
  type TrustedIssuer,
  type VerifiedToken,
} from './access-token.ts'
export { MAX_TOKEN_CHARS } from './compact-jws.ts'
export {
  createIssuerKeys,
  type IssuerKeys,
  type IssuerKeysOptions,
  type KeyLocation,
  type KeyPorts,
  type KeyStatus,
} from './issuer-keys.ts'
export type { KeyAlgorithm, VerificationKey } from './verification-key.ts'
