export type { PolicyCase } from './case.ts'
export { type PolicyTestResult, type PolicyTestRun, runPolicyTests } from './run.ts'
