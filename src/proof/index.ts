export { messagePayload, verifyMessageJwt } from './message-jwt.ts'
export {
  createTokenVerifier,
  type TokenJudgement,
  type TokenVerifier,
  type TrustedIssuer,
  type VerifiedToken,
} from './access-token.ts'
export { type CompactJws, MAX_TOKEN_CHARS, parseCompactJws } from './compact-jws.ts'
export {
  type ClientAuthentication,
  createIntrospection,
  INACTIVE_MS,
  MAX_INTROSPECTIONS,
  type IntrospectionPorts,
} from './introspection.ts'
export { type AskedIssuer, opaqueTokens } from './opaque-tokens.ts'
export { type DetachedJudgement, type SignatureFault, verifyDetachedJws } from './detached-jws.ts'
export {
  type HttpSignatureFault,
  type HttpSignatureJudgement,
  verifyHttpSignature,
} from './http-signature/verify.ts'
export { keyOfCertificate, readSignedObject, type SignedObject } from './signed-object.ts'
export { ps256PrivateKey } from './one-algorithm.ts'
export { parseKeySet } from './key-set.ts'
export { digestOfHeld, paymentsDigest } from './payments-digest.ts'
export {
  createProofReader,
  type DpopProof,
  type ProofRead,
  type ProofReader,
} from './dpop/proof.ts'
export {
  createIssuerKeys,
  type IssuerKeys,
  type IssuerKeysOptions,
  type KeyLocation,
  type KeyPorts,
  type KeyStatus,
  MAX_STALE_MS,
  URL_REFRESH_MS,
} from './issuer-keys.ts'
export {
  importKey,
  type KeyAlgorithm,
  publicPart,
  type VerificationKey,
  verifySignature,
} from './verification-key.ts'
export {
  type Certificate,
  type CertificateRead,
  MAX_CERTIFICATE_BYTES,
  readCertificate,
} from './certificate/certificate.ts'
export {
  isListOf,
  MAX_CRL_BYTES,
  readRevocationList,
  type RevocationList,
} from './certificate/revocation-list.ts'
export {
  judgeOcspAnswer,
  MAX_OCSP_BYTES,
  OCSP_SKEW_MS,
  type OcspJudgement,
  type OcspQuestion,
} from './certificate/ocsp-answer.ts'
export { type CertIdHash, ocspRequest } from './certificate/ocsp-request.ts'
export { anchorsByName, findTrustPath, type TrustPath } from './certificate/trust-path.ts'
export { MAX_PEM_CHARS, readPem } from './certificate/pem.ts'
export { MAX_TRUSTED_LIST_CHARS, readTrustedList, type TrustedList } from './trusted-list.ts'
