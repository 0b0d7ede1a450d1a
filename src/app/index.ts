export {
  catalogueVersion,
  type Control,
  type ControlQuery,
  controls,
  findControls,
  lookUpControl,
  type Regime,
  regime,
  regimes,
  type UnknownName,
} from './catalogue.ts'
export { version } from './version.ts'
