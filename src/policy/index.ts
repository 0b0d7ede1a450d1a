export { compilePolicy } from './compile/compile-policy.ts'
export { templatePurpose } from './compile/template-purpose.ts'
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
export type { Direction } from './diff/compare-params.ts'
export { describeDifference } from './diff/describe-difference.ts'
export { diffPlans, type PlanDifference } from './diff/diff-plans.ts'
export { originOf } from './diff/origin-of.ts'
export { configuredControls } from './report/configured.ts'
export { ruleReference, type RuleReference } from './rules/rule-reference.ts'
export { ruleWords } from './rules/vocabulary.ts'
export type { TemplateDocument, TemplateRule } from './template/document.ts'
export { diffTemplates, type TemplateDifference } from './template/diff-templates.ts'
export {
  type OwnTemplate,
  type TemplateLibrary,
  templateLibrary,
  type TemplateProblem,
} from './template/library.ts'
export { type LinkFault, resolveTemplate } from './template/link.ts'
export {
  needsIssuer,
  type Template,
  templates,
  type TemplateSummary,
} from './template/templates.ts'
