export { type ConfigEdit, editConfig } from './edit-config.ts'
export { initConfig, type InitFacts, type SpecFacts } from './init-config.ts'
export { dataDirIn } from './data-dir.ts'
export type { RetentionConfig } from './retention-shape.ts'
export { configSchema } from './json-schema.ts'
export { checkJwks } from './jwks.ts'
export type {
  ApiConfig,
  AnswerSigningConfig,
  ContextConfig,
  GatehouseConfig,
  IntrospectionConfig,
  IssuerConfig,
  ListenerConfig,
  ProxySocketConfig,
  LogsConfig,
  RuleOverride,
  OcspConfig,
  TrustStoreConfig,
  UpstreamHealthConfig,
  UpstreamTlsConfig,
} from './model.ts'
export type { ScaConfig, ScaServiceConfig } from './sca-model.ts'
export { type ConfigSource, parseConfig, type ParsedConfig } from './parse-config.ts'
export {
  type ParsedPolicyTests,
  parsePolicyTests,
  type PolicyTest,
  policyTestsSchema,
} from './policy-tests/parse.ts'
export { type OwnControl, ownControlsSchema, parseOwnControls } from './own-controls/parse.ts'
export type { SecretRef } from './shape-references.ts'
export type { ConfigEnvironment, RuleWord, TemplateWord, Vocabulary } from './vocabulary.ts'
export { type ReadDocument, readDocument } from './read-document.ts'
export type { OwnFiles, OwnWords } from './own-files.ts'
