/** The catalogue as the CLI may see it. */
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
} from '../controls/index.ts'
