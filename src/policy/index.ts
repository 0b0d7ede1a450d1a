export { compilePolicy } from './compile/compile-policy.ts'
export type {
  ApiPolicySource,
  CompiledPolicy,
  ConfiguredControl,
  EffectivePolicy,
  EffectiveRule,
  PolicyFinding,
  PolicySource,
  RuleChange,
} from './contract.ts'
export type { TemplateDocument, TemplateRule } from './template/document.ts'
export { type LinkFault, resolveTemplate } from './template/link.ts'
export { type Template, templates, type TemplateSummary } from './template/templates.ts'
