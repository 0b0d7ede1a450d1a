export type {
  ApiPolicySource,
  CompiledPolicy,
  EffectivePolicy,
  EffectiveRule,
  PolicyFinding,
  PolicySource,
  RuleChange,
} from './contract.ts'
