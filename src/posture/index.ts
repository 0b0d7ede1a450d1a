export type { ConfiguredControl } from './configured.ts'
export {
  type ControlState,
  controlStates,
  type StateInput,
  type StateName,
} from './control-states.ts'
export type { Evidence } from './evidence.ts'
export { type ControlException } from './exception.ts'
export { failsOn, type Gap, type Posture, postureOf } from './posture-of.ts'
export {
  observationSink,
  type PastObservations,
  pruneObservations,
  readObservations,
  readObservationsAt,
} from './record/observation-record.ts'
export { postureMigrations } from './record/tables.ts'
export { withSharedEvidence } from './shared-evidence.ts'
export {
  runTrafficConsumer,
  type TrafficConsumer,
  type TrafficConsumerOptions,
} from './traffic/consumer.ts'
export type { RuleInPlan } from './traffic/judge-event.ts'
export { deriveTrafficObservations } from './traffic/observe.ts'
export type { CarriedBy, RulesOf, TallyPorts } from './traffic/tally.ts'
