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
export type { PolicyCase } from './policy-tests/case.ts'
export { type PolicyTestResult, type PolicyTestRun, runPolicyTests } from './policy-tests/run.ts'
export { DEFAULT_RANGE, parseRange, type TimeRange } from './replay/range.ts'
export { createRedecider, type Redecider, type Redecision } from './replay/redecide.ts'
export { createReplay, type Replay, type ReplayReport } from './replay/replay.ts'
export { type Group as ReplayGroup } from './replay/tally.ts'
export { type WatchedRule } from './replay/watched.ts'
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
