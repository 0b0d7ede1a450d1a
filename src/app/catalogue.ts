/** The catalogue as the CLI may see it. */
export {
  type Control,
  type ControlQuery,
  findControls,
  lookUpControl,
  type Regime,
  regime,
  type UnknownName,
} from '../controls/index.ts'
export { ownControls } from './own-controls.ts'
