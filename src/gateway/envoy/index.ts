export {
  createResponder,
  type EnvoyListener,
  type Responder,
  type ResponderOptions,
} from './responder.ts'
