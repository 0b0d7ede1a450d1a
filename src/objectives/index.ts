export type { ApiProfile, Level, Levels, Objective, Reason, RequiredControl } from './objective.ts'
