export { type EnvoyExport, envoyBootstrap } from './bootstrap.ts'
export type { ExportedTls } from './downstream-tls.ts'
export type { ExportedListener } from './envoy-listener.ts'
export {
  createResponder,
  type EnvoyListener,
  type Responder,
  type ResponderOptions,
} from './responder.ts'
