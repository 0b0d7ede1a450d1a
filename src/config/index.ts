export type { ApiConfig, GatehouseConfig, IssuerConfig, RuleOverride } from './model.ts'
